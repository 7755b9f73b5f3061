import { settleScoreOptions, type ScoreOptions } from '../../src/score/score-options.js';
import { settlePrepareOptions, type PrepareOptions } from '../../src/score/sequences/prepare-options.js';

/** How rows are prepared for a model where a caller says no more than `options`. */
export const prepareOptions = (
  options: ScoreOptions,
  model: { readonly contextLength: number; readonly vocabSize: number },
): PrepareOptions => settlePrepareOptions(settleScoreOptions(options), model);
