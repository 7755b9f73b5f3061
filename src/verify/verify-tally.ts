import { Counts } from '../base/counts.js';
import type { Verdict } from '../sandbox/index.js';
import { isOfDefinition } from './broken-functions.js';
import type { VerdictLine } from './verdict-line.js';

/** What came of a call of `verify`. */
export interface VerifyReport {
  /** The file of the verdicts; null where they went to a stream. */
  readonly out: string | null;
  readonly rows: number;
  readonly verified: number;
  readonly notVerified: number;
  /** Rows without a verdict, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** By kind; a row has one for each function. */
  readonly verdicts: Readonly<Record<string, number>>;
  readonly verdictsS: number;
  readonly seconds: number;
}

/** Counts what comes of rows. */
export class VerifyTally {
  readonly #started = performance.now();
  readonly #reasons = new Counts();
  readonly #verdicts = new Counts();
  readonly #modules = new Set<string>();
  readonly #undefined = new Counts();
  #rows = 0;
  #verified = 0;
  #notVerified = 0;
  #given = 0;

  addVerdict({ verdict, detail }: Verdict): void {
    this.#given++;
    this.#verdicts.add(verdict);
    if (verdict === 'missing_module' && detail !== null) this.#modules.add(detail);
    if (verdict === 'error' && detail !== null && isOfDefinition(detail)) this.#undefined.add(detail);
  }

  addLine({ verified, reason }: VerdictLine): void {
    this.#rows++;
    if (verified === null) this.#reasons.add(reason);
    else if (verified) this.#verified++;
    else this.#notVerified++;
  }

  get rows(): number {
    return this.#rows;
  }

  /** What functions wanted to import and could not, sorted. */
  get missingModules(): readonly string[] {
    return [...this.#modules].sort();
  }

  /** What was wrong with functions that can't be defined, in whatever is asked of them. */
  get undefined(): readonly string[] {
    return Object.keys(this.#undefined.values);
  }

  report(out: string | null): VerifyReport {
    const seconds = (performance.now() - this.#started) / 1000;
    return {
      out,
      rows: this.#rows,
      verified: this.#verified,
      notVerified: this.#notVerified,
      reasons: this.#reasons.values,
      verdicts: this.#verdicts.values,
      verdictsS: this.#given / Math.max(seconds, 1e-3),
      seconds,
    };
  }
}
