import { Counts } from '../../base/counts.js';
import type { ValueTally } from './row-measure.js';

/** What came of rows. */
export interface RowCounts {
  readonly rows: number;
  readonly judged: number;
  /** Rows without a verdict, by reason. */
  readonly unjudged: Readonly<Record<string, number>>;
}

/** Counts rows, and adds their verdicts up. */
export class RowTally<Value, Values extends object> {
  readonly #unjudged = new Counts();
  #rows = 0;
  #judged = 0;

  constructor(private readonly verdicts: ValueTally<Value, Values>) {}

  /** @param reason Why there is no verdict. */
  add(value: Value | null, reason: string | null): void {
    this.#rows++;
    if (value === null) return this.#unjudged.add(reason);
    this.#judged++;
    this.verdicts.add(value);
  }

  get values(): RowCounts & Values {
    return { rows: this.#rows, judged: this.#judged, unjudged: this.#unjudged.values, ...this.verdicts.values };
  }
}
