/** Scoring, as others see it. */
export { loadScorer, LOAD_SCORER_OPTIONS, type LoadScorerOptions } from './load-scorer.js';
export { createScorer, type Scorer, type ScorerInfo, type ScorerSetup } from './scorer.js';
export { RECIPE_OPTIONS, SCORE_OPTIONS, type RecipeOptions, type ScoreOptions } from './score-options.js';
export type { Outcome, PerTokenLosses, ScoredOutcome, UnscoredOutcome } from './outcome.js';
export type { TurnScores } from './combine.js';
export type { IndexedRow, PassingRow } from './parsed-rows.js';
export { checkSequence, type NllSequence } from './nll-sequence.js';
export { NLL_OPTIONS, type NllOptions, type NllResult } from './nll.js';
export { REWARD_OPTIONS, type RewardOptions, type RewardTextOptions } from './rewards/reward-options.js';
export type { RewardOutcome, RewardReason, RewardRow } from './rewards/rewards.js';
export { recipes } from './recipes/index.js';
export type { Recipe, RecipeName, TemplateName } from './recipes/recipe.js';
export { scoreFiles, type ScoreFilesReport } from './run/score-files.js';
export { SCORE_FILES_OPTIONS, type RunProgress, type ScoreFilesOptions } from './run/score-files-options.js';
export type { ScorerSource } from './run/borrow-scorer.js';
export { toScoreLine } from './to-score-line.js';
