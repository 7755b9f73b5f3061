/** What flows in evenly, so much a minute, and is taken in lumps. All times are milliseconds of one clock. */
export class TokenBucket {
  readonly #perMs: number;
  #level: number;
  #at: number | null = null;

  /** Starts full. */
  constructor(
    perMinute: number,
    /** The most that is kept for a burst. */
    private readonly capacity: number,
  ) {
    this.#perMs = perMinute / 60_000;
    this.#level = capacity;
  }

  /** Milliseconds until `amount` may be taken; 0 where it may be now. More than the capacity waits for a full bucket. */
  waitFor(amount: number, now: number): number {
    this.#flow(now);
    const missing = Math.min(amount, this.capacity) - this.#level;
    return missing <= 0 ? 0 : Math.ceil(missing / this.#perMs);
  }

  /** The level may fall below 0; then the next one waits the longer. */
  take(amount: number, now: number): void {
    this.#flow(now);
    this.#level -= amount;
  }

  /** What had been taken and was not used; negative where more was. */
  giveBack(amount: number): void {
    this.#level = Math.min(this.capacity, this.#level + amount);
  }

  #flow(now: number): void {
    this.#level = Math.min(this.capacity, this.#level + (now - (this.#at ?? now)) * this.#perMs);
    this.#at = now;
  }
}
