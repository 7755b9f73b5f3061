const LEAST_ROWS = 64;
const MOST_ROWS = 4_096;
/** Work that a kill may cost, about. */
const SECONDS = 5;

/** What keeps lines for good. */
interface Commits<Line> {
  commit(lines: readonly Line[]): Promise<void>;
}

/**
 * Collects lines of rows and commits them, some seconds' worth of rows at a time: 64 to 4,096 of them by the speed so
 * far, and fewer where a large model takes longer for those.
 */
export class CommitWindow<Line extends { readonly index: number }> {
  readonly #run: Commits<Line>;
  readonly #now: () => number;
  #lines: Line[] = [];
  #rows = 0;
  #target = LEAST_ROWS;
  #begun: number;

  /** @param now Milliseconds, for tests. */
  constructor(run: Commits<Line>, now: () => number = () => performance.now()) {
    this.#run = run;
    this.#now = now;
    this.#begun = now();
  }

  /** Takes a line, in input order; commits those before it when they are enough. Lines of one row stay together. */
  async add(line: Line): Promise<void> {
    const startsRow = line.index !== this.#lines.at(-1)?.index;
    if (startsRow && this.#rows > 0 && (this.#rows >= this.#target || this.#seconds >= SECONDS)) await this.flush();
    if (startsRow) this.#rows++;
    this.#lines.push(line);
  }

  /** Since the last commit. */
  get #seconds(): number {
    return (this.#now() - this.#begun) / 1000;
  }

  /** Commits what there is. */
  async flush(): Promise<void> {
    const lines = this.#lines;
    const rate = this.#rows / Math.max(1e-3, this.#seconds);
    this.#target = Math.min(MOST_ROWS, Math.max(LEAST_ROWS, Math.round(rate * SECONDS)));
    this.#lines = [];
    this.#rows = 0;
    await this.#run.commit(lines);
    this.#begun = this.#now();
  }
}
