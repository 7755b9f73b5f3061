import { z } from 'zod';

/** What a generator's requests are made of; a `body` must leave these to evosift. */
const OWN_FIELDS = ['model', 'messages', 'stream', 'n'];

/** An object of these fields and no others. */
const objectOf = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `has no field ${issue.keys.join(', ')}; its fields are ${Object.keys(shape).join(', ')}`
        : undefined,
  });

const text = z.string().min(1);
const whole = (least: number) => z.int().min(least);

const headerName = z.string().regex(/^[!#$%&'*+\-.^_`|~\w]+$/, 'every key must be the name of a header');
const generatorName = z
  .string()
  .regex(/^(?!(openai|gguf|replay):)\S+$/, 'must be a name without spaces that is no SPEC');

const sampling = objectOf({
  temperature: z.number().min(0).optional(),
  top_p: z.number().gt(0).max(1).optional(),
  max_tokens: whole(1).optional(),
  seed: whole(0).optional(),
  logprobs: z.boolean().optional(),
});

const generator = objectOf({
  /** Exactly one of these four says where answers come from. */
  spec: text.optional(),
  model: text.optional(),
  gguf: text.optional(),
  replay: text.optional(),
  base_url: text.optional(),
  key_env: text.optional(),
  /**
   * Added to every request's body, and winning over what evosift sends; a field that is null is left out, and
   * `max_completion_tokens: true` sends the most tokens of an answer under that name.
   */
  body: z
    .record(z.string(), z.unknown())
    .refine((body) => !OWN_FIELDS.some((field) => field in body), `must have no ${OWN_FIELDS.join(', ')}`)
    .optional(),
  /** `${NAME}` stands for that environment variable. */
  headers: z.record(headerName, z.string()).optional(),
  system_prompt: z.string().optional(),
  /** By operation; `default` for all that are not named. */
  sampling: z.record(text, sampling).optional(),
}).superRefine((entry, context) => {
  const sources = [entry.spec, entry.model, entry.gguf, entry.replay].filter((source) => source !== undefined);
  if (sources.length !== 1) context.addIssue('must have exactly one of spec, model, gguf, replay');
  const local = entry.gguf !== undefined || entry.replay !== undefined || /^(gguf|replay):/.test(entry.spec ?? '');
  for (const field of ['base_url', 'key_env'] as const) {
    if (entry[field] !== undefined && entry.model === undefined) {
      context.addIssue({ code: 'custom', path: [field], message: 'goes with model only' });
    }
  }
  for (const field of ['body', 'headers'] as const) {
    if (entry[field] !== undefined && local) {
      context.addIssue({ code: 'custom', path: [field], message: 'has no meaning for a model file or a journal' });
    }
  }
});

/** The file of `--llm-config`. */
export const llmConfig = objectOf({
  generators: z.record(generatorName, generator),
});

export type ConfiguredGenerator = z.infer<typeof generator>;
export type ConfiguredSampling = z.infer<typeof sampling>;
