import { dirname, resolve } from 'node:path';
import type { Sampling } from '../chat.js';
import type { GeneratorPlan } from '../generator.js';
import { openAiEndpoint, parseSource } from './parse-source.js';
import type { ConfiguredGenerator, ConfiguredSampling } from './schema.js';

/**
 * A generator of a configuration as a plan. Paths in it start at the file's folder.
 *
 * @throws EvosiftError `bad_argument`.
 */
export function toPlan(name: string, entry: ConfiguredGenerator, file: string): GeneratorPlan {
  const where = `${file}: generators.${name}`;
  return {
    name,
    source: sourceOf(entry, where, dirname(file)),
    systemPrompt: entry.system_prompt ?? null,
    sampling: Object.fromEntries(
      Object.entries(entry.sampling ?? {}).map(([operation, fields]) => [operation, toSampling(fields)]),
    ),
  };
}

function sourceOf(entry: ConfiguredGenerator, where: string, folder: string): GeneratorPlan['source'] {
  const { spec, model, gguf, replay, base_url: baseUrl, key_env: keyEnv, body, headers } = entry;
  if (gguf !== undefined) return { kind: 'gguf', path: resolve(folder, gguf) };
  if (replay !== undefined) return { kind: 'replay', path: resolve(folder, replay) };
  if (model !== undefined) return openAiEndpoint({ model, baseUrl, keyEnv, body, headers }, where);
  const { source } = parseSource(spec ?? '', `${where}.spec`);
  if (source.kind === 'openai') return { ...source, body: body ?? {}, headers: headers ?? {} };
  return { ...source, path: resolve(folder, source.path) };
}

/** The same names, in camelCase; what was not said is left out. */
const toSampling = ({ temperature, top_p, max_tokens, seed, logprobs }: ConfiguredSampling): Partial<Sampling> => ({
  ...(temperature !== undefined && { temperature }),
  ...(top_p !== undefined && { topP: top_p }),
  ...(max_tokens !== undefined && { maxTokens: max_tokens }),
  ...(seed !== undefined && { seed }),
  ...(logprobs !== undefined && { logprobs }),
});
