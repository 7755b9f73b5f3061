import { abortSignal, checkOptions, fillOptions, type Filled, type OptionTable } from '../../base/options.js';
import type { EngineInfo } from '../../engine/engine.js';
import { checkMaxLength, checkTemplateKwargs } from '../sequences/prepare-options.js';
import { defaultBatchTokens, SCORE_OPTIONS, type ScoreOptions } from '../score-options.js';
import type { RewardedOptions } from './prepare-rewarded.js';

/** How conversations are shown to a reward model. */
export interface RewardTextOptions extends Pick<ScoreOptions, 'specialTokens' | 'templateKwargs'> {
  /** The most tokens of a conversation; longer ones have no reward (`too_long`). Default the model's context. */
  readonly maxLength?: number;
}

const { maxLength, specialTokens, templateKwargs, batchTokens } = SCORE_OPTIONS;

export const REWARD_TEXT_OPTIONS = {
  maxLength: { ...maxLength, help: 'the most tokens of a conversation (default: what the model can read)' },
  specialTokens,
  templateKwargs,
} as const satisfies OptionTable<RewardTextOptions>;

export interface RewardOptions extends RewardTextOptions {
  /** As of `ScoreOptions`; rewards do not depend on it. */
  readonly batchTokens?: number;
  readonly signal?: AbortSignal;
}

export const REWARD_OPTIONS = {
  ...REWARD_TEXT_OPTIONS,
  batchTokens,
  signal: abortSignal,
} as const satisfies OptionTable<RewardOptions>;

/** The options of one call, settled for a model. */
export interface RewardSettings {
  readonly prepare: RewardedOptions;
  readonly batchTokens: number;
  readonly signal: AbortSignal | undefined;
}

/** @throws EvosiftError `bad_argument`, naming the option and its value. */
export function settleRewardOptions(
  options: RewardOptions,
  model: Pick<EngineInfo, 'contextLength' | 'vocabSize' | 'slabTokens'>,
): RewardSettings {
  checkOptions('rewards', options, REWARD_OPTIONS);
  const settings: Filled<RewardOptions, typeof REWARD_OPTIONS> = fillOptions(options, REWARD_OPTIONS);
  return {
    prepare: settleRewardTexts(settings, model),
    batchTokens: settings.batchTokens ?? defaultBatchTokens(model),
    signal: settings.signal,
  };
}

/** @throws EvosiftError `bad_argument` where the model cannot read so much, or the template is given it anyway. */
export function settleRewardTexts(
  { maxLength: most, specialTokens: as, templateKwargs: kwargs }: Filled<RewardTextOptions, typeof REWARD_TEXT_OPTIONS>,
  { contextLength, vocabSize }: Pick<EngineInfo, 'contextLength' | 'vocabSize'>,
): RewardedOptions {
  checkMaxLength(most, contextLength);
  checkTemplateKwargs(kwargs);
  return { limit: most ?? contextLength, specialTokens: as, templateKwargs: kwargs, vocabSize };
}
