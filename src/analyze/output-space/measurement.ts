import type { JournalAnswer } from '../../llm/journal/journal-answers.js';
import type { PositionStatistics } from './logprob-statistics.js';

/** Why nothing was measured at an answer. */
export interface Unmeasured {
  /**
   * `empty_answer`; `prompt_not_kept`: it was longer than the journal keeps; `reasoning_apart`: what was thought before
   * the answer is not in its raw text; `not_scored`: the model can't read prompt and answer; `no_logprobs`: the server
   * gave none, or none of the likeliest tokens.
   */
  readonly reason: 'empty_answer' | 'prompt_not_kept' | 'reasoning_apart' | 'not_scored' | 'no_logprobs';
  readonly detail: string;
}

export type Measurement = PositionStatistics | Unmeasured;

/** An answer with what was measured at it. */
export interface MeasuredAnswer {
  readonly answer: JournalAnswer;
  readonly measurement: Measurement;
}
