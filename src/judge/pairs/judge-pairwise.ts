import { defineJudging } from '../run/define-judging.js';
import type { JudgingReport } from '../run/run-judging.js';
import { openPairs, type PairResult, type PairwiseSummary } from './judge-pairs.js';
import { PAIRWISE_OPTIONS, type PairwiseOptions } from './options.js';
import type { Pair } from './pair-up.js';

/** `summary.json` of two sets of answers. */
export type PairwiseReport = PairwiseSummary & JudgingReport;

/**
 * Has two sets of answers held against each other: for every instruction that both have, which answer is better. Wins and
 * losses are the first set's.
 *
 * @throws EvosiftError as `judgeDifficulty`.
 */
export const { run: judgePairwise, count: judgePairwiseDryRun } = defineJudging<
  PairwiseOptions,
  typeof PAIRWISE_OPTIONS,
  Pair,
  PairResult,
  PairwiseSummary
>('judgePairwise', PAIRWISE_OPTIONS, openPairs);
