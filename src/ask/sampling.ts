import { choice, integer, number, toggle, type Filled, type OptionTable } from '../base/options.js';
import type { Sampling } from '../llm/chat.js';
import type { GeneratorPlan } from '../llm/generator.js';
import type { Prompt } from './prompts/prompt.js';

/**
 * `published`: answers are drawn as the published code draws those to the same prompt (see `Prompt.published`). `own`:
 * what is not said is left to the generator.
 */
export const SAMPLING_PRESETS = ['published', 'own'] as const;
export type SamplingPreset = (typeof SAMPLING_PRESETS)[number];

/** What a caller says of sampling for all of a command's requests. */
export interface SamplingOptions {
  readonly samplingPreset?: SamplingPreset;
  /** 0 takes the most likely token each time. */
  readonly temperature?: number;
  readonly topP?: number;
  /** The most tokens of an answer; default 2048. */
  readonly maxTokens?: number;
  readonly seed?: number;
  /** Have servers give the log-probabilities of answers' tokens, and keep them in the journal; default false. */
  readonly logprobs?: boolean;
}

export const SAMPLING_OPTIONS = {
  maxTokens: integer({ from: 1 }, { flag: '--max-tokens <n>', help: 'the most tokens of an answer', default: 2048 }),
  temperature: number(
    { from: 0, to: 2 },
    { flag: '--temperature <t>', help: '0 takes the most likely token each time' },
  ),
  topP: number(
    { from: 0, to: 1 },
    { flag: '--top-p <p>', help: 'draw from the likeliest tokens that make up this share' },
  ),
  seed: integer({ from: 0 }, { flag: '--seed <n>', help: 'what drawing begins with' }),
  logprobs: toggle({
    flag: '--logprobs',
    help: "have the log-probabilities of answers' tokens given, and keep them in the journal",
  }),
  samplingPreset: choice(SAMPLING_PRESETS, {
    flag: '--sampling-preset <name>',
    help: 'what is not said above: as published, or left to the generator',
    default: 'published',
  }),
} as const satisfies OptionTable<SamplingOptions>;

/** `SamplingOptions` with the defaults filled in. */
export type SamplingSettings = Filled<SamplingOptions, typeof SAMPLING_OPTIONS>;

/** The sampling of a prompt's answers, before a generator's own settings. Of a field's sources the last one wins. */
export function promptSampling({ published }: Prompt, settings: SamplingSettings): Sampling {
  const { samplingPreset, temperature, topP, maxTokens, seed, logprobs } = settings;
  return {
    ...(samplingPreset === 'published' && published),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(seed !== undefined && { seed }),
    ...(logprobs === true && { logprobs }),
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
