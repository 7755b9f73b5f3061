import type { Sampling } from '../llm/chat.js';
import type { GeneratorPlan } from '../llm/generator.js';
import type { Prompt } from './prompts/prompt.js';

/**
 * `published`: answers are drawn as the published code draws those to the same prompt (see `Prompt.published`). `own`:
 * what is not said is left to the generator.
 */
export type SamplingPreset = 'published' | 'own';

/** What a caller says of sampling for all of a command's requests. */
export interface SamplingOptions {
  readonly samplingPreset?: SamplingPreset;
  /** 0 takes the most likely token each time. */
  readonly temperature?: number;
  readonly topP?: number;
  /** The most tokens of an answer; default 2048. */
  readonly maxTokens?: number;
  readonly seed?: number;
}

const DEFAULT_MAX_TOKENS = 2048;

/** The sampling of a prompt's answers, before a generator's own settings. Of a field's sources the last one wins. */
export function promptSampling({ published }: Prompt, options: SamplingOptions): Sampling {
  const { samplingPreset = 'published', temperature, topP, maxTokens = DEFAULT_MAX_TOKENS, seed } = options;
  return {
    ...(samplingPreset === 'published' && published),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(seed !== undefined && { seed }),
    maxTokens,
  };
}

/** A generator's sampling of an operation: its configuration's `default` and own entry win over the command's. */
export const generatorSampling = (plan: GeneratorPlan, operation: string, base: Sampling): Sampling => ({
  ...base,
  ...plan.sampling['default'],
  ...plan.sampling[operation],
});

/** What a repeated request draws with where it took the most likely tokens before: it would get the same answer. */
const REDRAWN_TEMPERATURE = 0.7;

/**
 * The sampling of a prompt's `draw`th request, from 0: later ones are changed so that another answer can come of them.
 */
export function redrawn(sampling: Sampling, draw: number): Sampling {
  if (draw === 0) return sampling;
  return {
    ...sampling,
    ...(sampling.temperature === 0 && { temperature: REDRAWN_TEMPERATURE }),
    ...(sampling.seed !== undefined && { seed: sampling.seed + draw }),
  };
}
