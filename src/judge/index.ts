/** Judging, as others see it. */
export { DIFFICULTIES, type Difficulty } from './answers/difficulty.js';
export {
  judgeKeywords,
  judgeKeywordsDryRun,
  type KeywordLine,
  type KeywordsReport,
} from './keywords/judge-keywords.js';
export { KEYWORDS_OPTIONS, type KeywordsOptions } from './keywords/options.js';
export type { PairVerdict } from './pairs/judge-pairs.js';
export { judgePairwise, judgePairwiseDryRun, type PairwiseReport } from './pairs/judge-pairwise.js';
export { PAIRWISE_OPTIONS, type PairwiseOptions } from './pairs/options.js';
export {
  judgeDifficulty,
  judgeDifficultyDryRun,
  judgeScore,
  judgeScoreDryRun,
  type DifficultyReport,
  type ScoreReport,
} from './rows/judge-instructions.js';
export type { RowVerdict } from './rows/judge-rows.js';
export type { JudgingDryRun } from './run/count-judging.js';
export { JUDGE_OPTIONS, type JudgeOptions } from './run/options.js';
export type { JudgingPlace, JudgingReport } from './run/run-judging.js';
export * from './reward/index.js';
