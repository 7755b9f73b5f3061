import type { Prompt } from '../../ask/prompts/prompt.js';
import type { Measure } from '../run/ask-judge.js';

/** A verdict about a row's instruction: how it is asked for, how files have it, how it is added up. */
export interface RowMeasure<Value, Fields extends object, Values extends object> {
  readonly measure: Measure;
  readonly prompt: Prompt;
  /** The columns of a verdict's line; all null where there is no verdict. */
  readonly fields: (value: Value | null) => Fields;
  readonly tally: () => ValueTally<Value, Values>;
}

/** Adds verdicts up. */
export interface ValueTally<Value, Values extends object> {
  add(value: Value): void;
  readonly values: Values;
}
