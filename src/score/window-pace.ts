/** Work of a window, about: with two of them in the engine, what is not yet committed stays a matter of seconds. */
const SECONDS = 3;
/** How much the windows before the last one still count. */
const MEMORY = 0.5;

/** Sizes the engine's windows by the speed that it turns out to have, whatever the model. */
export class WindowPace {
  readonly #least: number;
  readonly #most: number;
  readonly #now: () => number;
  #limit: number;
  #lastEnd = -Infinity;
  #tokens = 0;
  #milliseconds = 0;

  /**
   * @param limits Tokens of a window; the first ones, of which nothing is known, have the least.
   * @param now Milliseconds, for tests.
   */
  constructor(
    { least, most }: { readonly least: number; readonly most: number },
    now: () => number = () => performance.now(),
  ) {
    this.#least = least;
    this.#most = most;
    this.#limit = least;
    this.#now = now;
  }

  /** Tokens that the next window should have. */
  get limit(): number {
    return this.#limit;
  }

  /** Runs a window of so many tokens. Windows may overlap: the time of each counts from the end of the one before. */
  async time<Value>(tokens: number, work: () => Promise<Value>): Promise<Value> {
    const began = this.#now();
    const value = await work();
    const end = this.#now();
    this.#tokens = MEMORY * this.#tokens + tokens;
    this.#milliseconds = MEMORY * this.#milliseconds + (end - Math.max(began, this.#lastEnd));
    this.#lastEnd = end;
    const fitting = (SECONDS * 1_000 * this.#tokens) / Math.max(this.#milliseconds, 1);
    this.#limit = Math.min(this.#most, Math.max(this.#least, Math.round(fitting)));
    return value;
  }
}
