import { defineJudging } from '../run/define-judging.js';
import { JUDGE_OPTIONS, type JudgeSettings } from '../run/options.js';
import type { JudgingReport } from '../run/run-judging.js';
import { DIFFICULTY, type DifficultyValues } from './difficulty.js';
import { openRows, type RowsSummary } from './judge-rows.js';
import { SCORE, type ScoreValues } from './score.js';

/** `summary.json` of judged instructions. */
export type DifficultyReport = RowsSummary<DifficultyValues> & JudgingReport;
export type ScoreReport = RowsSummary<ScoreValues> & JudgingReport;

/**
 * Has the instructions of rows put on five levels of difficulty, from `very_easy` to `very_hard`. A row whose answers hold
 * no level has none.
 *
 * @throws EvosiftError as `respond`; `breaker_open` also where answer after answer holds no verdict.
 */
export const { run: judgeDifficulty, count: judgeDifficultyDryRun } = defineJudging(
  'judgeDifficulty',
  JUDGE_OPTIONS,
  (settings: JudgeSettings) => openRows(settings, DIFFICULTY),
);

/**
 * Has the instructions of rows scored from 0 to 100.
 *
 * @throws EvosiftError as `judgeDifficulty`.
 */
export const { run: judgeScore, count: judgeScoreDryRun } = defineJudging(
  'judgeScore',
  JUDGE_OPTIONS,
  (settings: JudgeSettings) => openRows(settings, SCORE),
);
