import { EvosiftError } from '../base/errors.js';
import { journalGenerator } from './config/journal-generator.js';
import { parseSource } from './config/parse-source.js';
import { readConfig } from './config/read-config.js';
import type { ConfiguredGenerator } from './config/schema.js';
import { toPlan } from './config/to-plan.js';
import type { GeneratorPlan } from './generator.js';

/**
 * The generators that were asked for, in that order, each under a name of its own.
 *
 * @param specs `openai:MODEL[@BASE_URL][#KEY_ENV]`, `gguf:PATH`, `replay:FILE[#GENERATOR]`, or names in `configFile`.
 * @param configFile A JSON file: `{"generators": {"NAME": {"model": …, "base_url": …, "sampling": …}}}`.
 * @throws EvosiftError `bad_argument`, `bad_config` (the file) or `bad_data` (a journal), never showing what may be a key.
 */
export async function parsePlans(specs: readonly string[], configFile?: string): Promise<readonly GeneratorPlan[]> {
  if (!Array.isArray(specs))
    throw new EvosiftError('bad_argument', '`specs` must be an array of texts', { option: 'specs' });
  const configured = configFile === undefined ? null : { file: configFile, entries: await readConfig(configFile) };
  const plans: GeneratorPlan[] = [];
  for (const spec of specs) {
    const plan = await parsePlan(spec, configured);
    if (plans.some(({ name }) => name === plan.name)) {
      throw new EvosiftError(
        'bad_argument',
        `\`specs\`: two generators are called ${plan.name}; give each a name of its own in \`configFile\``,
        { option: 'specs' },
      );
    }
    plans.push(plan);
  }
  return plans;
}

interface Configured {
  readonly file: string;
  readonly entries: ReadonlyMap<string, ConfiguredGenerator>;
}

async function parsePlan(spec: string, configured: Configured | null): Promise<GeneratorPlan> {
  const entry = configured?.entries.get(spec);
  if (configured !== null && entry !== undefined) return toPlan(spec, entry, configured.file);
  if (configured !== null && /^[\w.-]+$/.test(spec)) {
    const names = [...configured.entries.keys()].join(', ');
    throw new EvosiftError(
      'bad_argument',
      `\`specs\`: ${configured.file} has no generator ${spec}; it has ${names || 'none'}`,
      { option: 'specs' },
    );
  }
  const { name, source } = parseSource(spec, '`specs`');
  const found = source.kind === 'replay' && name === null ? await journalGenerator(source.path, '`specs`') : name;
  return { name: found ?? spec, source, systemPrompt: null, sampling: {} };
}
