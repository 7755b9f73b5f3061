import { EvosiftError } from '../../base/errors.js';
import type { FailureKind } from '../request-error.js';
import type { Failure } from './back-off.js';

export interface BreakerLimits {
  /** Attempts that failed in a row. */
  readonly failures: number;
  /** Milliseconds that an endpoint may be away or overloaded for, if it was ever reached. */
  readonly patience: number;
  /** The longest that a server may ask to be left alone for, in milliseconds. */
  readonly longestPause: number;
}

export const BREAKER_LIMITS: BreakerLimits = { failures: 20, patience: 10_000, longestPause: 300_000 };

/** Failures that say something of the endpoint, and not of one request. */
const OF_THE_ENDPOINT: ReadonlySet<FailureKind> = new Set<FailureKind>([
  'connection',
  'server_error',
  'timeout',
  'unauthorized',
  'not_found',
]);

/** The endpoint answers, and will not answer otherwise until somebody changes something. */
const REFUSALS: ReadonlySet<FailureKind> = new Set<FailureKind>(['unauthorized', 'not_found']);

/** Watches an endpoint, and tells when it is of no use to go on. */
export class Breaker {
  #hasAnswered = false;
  #failures = 0;
  #since = 0;

  constructor(
    private readonly name: string,
    private readonly limits: BreakerLimits = BREAKER_LIMITS,
  ) {}

  succeeded(): void {
    this.#hasAnswered = true;
    this.#failures = 0;
  }

  /**
   * The error to stop with (`breaker_open`), or null.
   *
   * @param sentAt When the request was sent, and `now`: milliseconds of a steady clock. Requests that were under way when
   *   the first of a row failed share its fate and are not counted: 200 at a time would else make a row of every hiccup.
   */
  failed({ kind, detail, retryAfter }: Failure, sentAt: number, now: number): EvosiftError | null {
    if (retryAfter !== null && retryAfter > this.limits.longestPause) {
      return this.#open(`asks to be left alone for ${Math.round(retryAfter / 1000)} s: ${detail}`);
    }
    if (!OF_THE_ENDPOINT.has(kind)) {
      this.succeeded();
      return null;
    }
    const isRefusal = REFUSALS.has(kind);
    if (isRefusal && !this.#hasAnswered) return this.#open(detail);
    if (this.#failures === 0) this.#since = now;
    else if (sentAt < this.#since) return null;
    this.#failures++;
    if (this.#failures < this.limits.failures) return null;
    const wasNeverThere = kind === 'connection' && !this.#hasAnswered;
    if (!wasNeverThere && !isRefusal && now - this.#since < this.limits.patience) return null;
    return this.#open(`failed ${this.#failures} times in a row, the last time so: ${detail}`);
  }

  #open(what: string): EvosiftError {
    return new EvosiftError(
      'breaker_open',
      `${this.name} ${what}\nmend it and give the same command again: what was answered is kept`,
    );
  }
}
