import { Mean } from '../../base/counts.js';
import { BEST_SCORE } from '../answers/score.js';
import { JUDGE_SCORE } from '../prompts.js';
import type { RowMeasure, ValueTally } from './row-measure.js';

/** What a line of verdicts says of a row's score, from 0 to 100. */
export interface ScoreFields {
  readonly judge_score: number | null;
}

export interface ScoreValues {
  /** Rows by tens: from 0 to under 10, …, from 90 to 100. */
  readonly tens: readonly number[];
  /** Null where there are no scores. */
  readonly meanScore: number | null;
}

export const SCORE: RowMeasure<number, ScoreFields, ScoreValues> = {
  measure: 'score',
  prompt: JUDGE_SCORE,
  fields: (score) => ({ judge_score: score }),
  tally: () => new ScoreTally(),
};

class ScoreTally implements ValueTally<number, ScoreValues> {
  readonly #tens = Array.from({ length: BEST_SCORE / 10 }, () => 0);
  readonly #mean = new Mean();

  add(score: number): void {
    const ten = Math.min(Math.floor(score / 10), this.#tens.length - 1);
    this.#tens[ten] = (this.#tens[ten] ?? 0) + 1;
    this.#mean.add(score);
  }

  get values(): ScoreValues {
    return { tens: [...this.#tens], meanScore: this.#mean.value };
  }
}
