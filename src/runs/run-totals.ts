import { Counts, Mean } from '../base/counts.js';
import type { ScoreLine } from './score-line.js';

/** What `summary.json` says, in snake_case, of a run's scores; a function of `scores.jsonl` alone. */
export interface RunSummary {
  readonly rows: number;
  /** Lines; more than rows where each assistant turn has its own. */
  readonly outcomes: number;
  readonly scored: number;
  readonly unscored: number;
  /** Unscored lines by reason, in alphabetical order. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly truncated: number;
  /** Rows by format, where there are several. */
  readonly formats?: Readonly<Record<string, number>>;
  /** Rows with something that the recipe takes no notice of, by what it is; absent where there are none. */
  readonly ignored?: Readonly<Record<string, number>>;
  /** Rows in whose own text special tokens are written; absent where there are none. */
  readonly specialTokensInText?: number;
  /** Means of the lines' ratios over those that have one; null where none has. */
  readonly meanIfd: number | null;
  readonly meanIcIfd: number | null;
  /** Tokens that the engine read. */
  readonly tokens: number;
}

/** Adds up score lines, always in the file's order: sums of doubles depend on it. */
export class RunTotals {
  readonly #format: string;
  #rows = 0;
  #lastIndex: number | null = null;
  #scored = 0;
  #unscored = 0;
  #truncated = 0;
  #tokens = 0;
  readonly #reasons = new Counts();
  readonly #ifd = new Mean();
  readonly #icIfd = new Mean();
  readonly #formats = new Counts();
  readonly #ignored = new Counts();
  #specialTokensInText = 0;

  /** @param format That of rows which name none of their own. */
  constructor(format: string) {
    this.#format = format;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Of the last row added, or null. */
  get lastIndex(): number | null {
    return this.#lastIndex;
  }

  add(line: ScoreLine): void {
    if (line.index !== this.#lastIndex) this.#addRow(line);
    this.#lastIndex = line.index;
    if (line.truncated) this.#truncated++;
    this.#tokens += line.tokens ?? 0;
    if (line.status === 'scored') {
      this.#scored++;
      this.#ifd.add(line.ifd);
      this.#icIfd.add(line.icIfd);
    } else {
      this.#unscored++;
      this.#reasons.add(line.reason);
    }
  }

  #addRow({ format, ignored = [], specialTokensInText }: ScoreLine): void {
    this.#rows++;
    this.#formats.add(format ?? this.#format);
    for (const one of ignored) this.#ignored.add(one);
    if (specialTokensInText === true) this.#specialTokensInText++;
  }

  summary(): RunSummary {
    const formats = this.#formats.values;
    const ignored = this.#ignored.values;
    return {
      rows: this.#rows,
      outcomes: this.#scored + this.#unscored,
      scored: this.#scored,
      unscored: this.#unscored,
      reasons: this.#reasons.values,
      truncated: this.#truncated,
      ...(Object.keys(formats).length > 1 && { formats }),
      ...(Object.keys(ignored).length > 0 && { ignored }),
      ...(this.#specialTokensInText > 0 && { specialTokensInText: this.#specialTokensInText }),
      meanIfd: this.#ifd.value,
      meanIcIfd: this.#icIfd.value,
      tokens: this.#tokens,
    };
  }
}
