import type { Prompt } from '../../ask/prompts/prompt.js';
import type { Judge, Measure } from './ask-judge.js';

/** What is judged, and how: everything but who is asked. It is made for one pass over its items. */
export interface JudgeTask<Item, Result, Summary extends object> {
  readonly measure: Measure;
  readonly prompt: Prompt;
  /** What the verdicts depend on, beside prompt and generator. */
  readonly identity: object;
  /** What the data are called in a run's name. */
  readonly name: string;
  /** What is read, absolute or by names on the hub. */
  readonly paths: readonly string[];
  /** Items. */
  readonly total: number;
  /** Questions about an item whose answers all hold a verdict. */
  readonly questions: number;
  /** In order; ends early where the signal aborts. */
  items(): AsyncIterable<Item>;
  /** @throws EvosiftError as `askJudge`. */
  judge(judge: Judge, item: Item): Promise<Result>;
  /** Counts what came of an item, in the items' order. Returns its line of the verdicts. */
  take(item: Item, result: Result): object;
  /** What was counted, as `summary.json` has it. */
  summary(): Summary;
}
