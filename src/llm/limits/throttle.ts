/** Milliseconds. */
const SHORTEST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
/** One 429 is one request's matter; so many in a row, with no answer between them, are the endpoint's. */
const IN_A_ROW = 3;

/**
 * How many requests an endpoint takes at a time: halved, with a pause, when it says 429 again and again, and raised by
 * about one for each round of answers (additive increase, multiplicative decrease; Chiu and Jain, 1989).
 */
export class Throttle {
  #allowed: number;
  #inARow = 0;
  #pauses = 0;
  #slowedAt = Number.NEGATIVE_INFINITY;
  #pausedUntil = 0;

  constructor(private readonly most: number) {
    this.#allowed = most;
  }

  /** Requests that may be in flight. */
  get allowed(): number {
    return Math.max(1, Math.floor(this.#allowed));
  }

  /** Milliseconds until the next request may be sent. */
  pausedFor(now: number): number {
    return Math.max(0, this.#pausedUntil - now);
  }

  succeeded(): void {
    this.#inARow = 0;
    this.#pauses = 0;
    this.#allowed = Math.min(this.most, this.#allowed + 1 / this.#allowed);
  }

  /**
   * Takes note of a 429; true where it slows the endpoint down.
   *
   * @param sentAt When the refused request was sent: what was under way already when it was slowed down says nothing new.
   */
  refused(sentAt: number, retryAfter: number | null, now: number): boolean {
    this.#inARow++;
    if (this.#inARow < IN_A_ROW || sentAt < this.#slowedAt) return false;
    this.#allowed = Math.max(1, this.#allowed / 2);
    const pause = Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** this.#pauses++);
    this.#slowedAt = now;
    this.#pausedUntil = Math.max(this.#pausedUntil, now + (retryAfter ?? pause));
    return true;
  }
}
