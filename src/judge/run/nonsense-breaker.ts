import { EvosiftError } from '../../base/errors.js';

/** Ends a start whose generator answers, but never with a verdict: every further answer would be paid for in vain. */
export class NonsenseBreaker {
  #inARow = 0;

  /**
   * @param limit Answers in a row without a verdict.
   * @param halt Told once, at the limit.
   */
  constructor(
    private readonly limit: number,
    private readonly halt: (error: EvosiftError) => void,
  ) {}

  /**
   * Takes note of an answer that was asked for in this start, in the order in which they come.
   *
   * @param problem How an answer without a verdict begins; null of one that has it.
   */
  note(generator: string, problem: string | null): void {
    this.#inARow = problem === null ? 0 : this.#inARow + 1;
    if (this.#inARow !== this.limit) return;
    const text =
      `${generator}: ${this.limit} answers in a row hold no verdict, the last one ${problem}.\n` +
      'Is the model fit for it? `prompts` takes other words, `maxUnparsable` a longer row.';
    this.halt(new EvosiftError('breaker_open', text, { option: 'maxUnparsable' }));
  }
}
