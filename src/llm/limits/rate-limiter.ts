import type { EvosiftError } from '../../base/errors.js';
import type { Failure } from './back-off.js';
import { Breaker, BREAKER_LIMITS, type BreakerLimits } from './breaker.js';
import type { Budget } from './budget.js';
import { Throttle } from './throttle.js';
import { TokenBucket } from './token-bucket.js';

export interface RateLimiterOptions {
  /** The endpoint, as messages name it. */
  readonly name: string;
  /** Requests in flight. */
  readonly concurrency: number;
  /** Requests and tokens a minute; null: any number. */
  readonly rpm: number | null;
  readonly tpm: number | null;
  readonly budget: Budget;
  readonly breaker?: BreakerLimits;
  /** Told when nothing more may be sent: `budget_spent`, `breaker_open`. Has to abort what waits. */
  readonly halt: (error: EvosiftError) => void;
  /** Told when the endpoint is slowed down. */
  readonly onSlowed: (allowed: number, pause: number) => void;
  /** Told once, when so many attempts have run out of time and none was answered. */
  readonly onSilent: (timeouts: number) => void;
  /** Told when an attempt has ended, whose budget others may wait for. */
  readonly onSettled: () => void;
}

/** How an attempt ended; `tokens` were used. */
export type AttemptEnd = { readonly tokens: number } & (
  | { readonly status: 'answered' }
  | { readonly status: 'cancelled' }
  | { readonly status: 'failed'; readonly failure: Failure }
);

/** Leave to send one request; to be ended once. */
export interface Permit {
  readonly end: (end: AttemptEnd) => void;
}

interface Waiting {
  readonly tokens: number;
  readonly give: () => void;
}

/** Attempts that run out of time before an endpoint that has answered none is called silent. */
const SILENT_TIMEOUTS = 3;

/** What a bucket holds for a burst, as a share of a minute's inflow: short enough for servers that count by minutes. */
const REQUEST_BURST = 1 / 60;
const TOKEN_BURST = 1 / 6;

/**
 * What holds requests to one endpoint back. Who waits for a permit gets it in order, when all limits allow; those who were sent before
 * go first, so that a request's failures hold up what depends on it as little as they can.
 */
export class RateLimiter {
  readonly #throttle: Throttle;
  readonly #breaker: Breaker;
  readonly #requests: TokenBucket | null;
  readonly #tokens: TokenBucket | null;
  readonly #waiting = new Set<Waiting>();
  readonly #again = new Set<Waiting>();
  #inFlight = 0;
  #hasAnswered = false;
  #timeouts = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly options: RateLimiterOptions) {
    const { name, concurrency, rpm, tpm } = options;
    this.#throttle = new Throttle(concurrency);
    this.#breaker = new Breaker(name, options.breaker ?? BREAKER_LIMITS);
    this.#requests = rpm === null ? null : new TokenBucket(rpm, Math.max(1, rpm * REQUEST_BURST));
    this.#tokens = tpm === null ? null : new TokenBucket(tpm, tpm * TOKEN_BURST);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Resolves when a request may be sent.
   *
   * @param tokens The most that it may take.
   * @param isAgain It was sent before.
   * @param signal Ends the wait with its reason.
   */
  enter(tokens: number, isAgain: boolean, signal: AbortSignal): Promise<Permit> {
    const queue = isAgain ? this.#again : this.#waiting;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const onAbort = (): void => {
        queue.delete(waiting);
        reject(signal.reason);
      };
      const waiting: Waiting = {
        tokens,
        give: () => {
          queue.delete(waiting);
          signal.removeEventListener('abort', onAbort);
          resolve(this.#permit(tokens));
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      queue.add(waiting);
      if (this.#timer === null) this.pump();
    });
  }

  /** Gives permits while the limits allow. */
  pump(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#again.size + this.#waiting.size > 0) {
      const [waiting] = this.#again.size > 0 ? this.#again : this.#waiting;
      if (waiting === undefined) return;
      if (this.#inFlight >= this.#throttle.allowed) return;
      const now = performance.now();
      const pause = Math.max(
        this.#throttle.pausedFor(now),
        this.#requests?.waitFor(1, now) ?? 0,
        this.#tokens?.waitFor(waiting.tokens, now) ?? 0,
      );
      if (pause > 0) {
        this.#timer = setTimeout(() => this.pump(), pause);
        return;
      }
      const reserved = this.options.budget.reserve(waiting.tokens);
      if (reserved === 'wait') return;
      if (reserved !== 'reserved') return this.options.halt(reserved);
      this.#requests?.take(1, now);
      this.#tokens?.take(waiting.tokens, now);
      this.#inFlight++;
      waiting.give();
    }
  }

  #permit(reserved: number): Permit {
    const sentAt = performance.now();
    return {
      end: (end) => {
        this.#inFlight--;
        this.#tokens?.giveBack(reserved - end.tokens);
        this.options.budget.settle(reserved, end.tokens);
        this.#learn(end, sentAt);
        this.options.onSettled();
      },
    };
  }

  #learn(end: AttemptEnd, sentAt: number): void {
    if (end.status === 'answered') {
      this.#hasAnswered = true;
      this.#breaker.succeeded();
      this.#throttle.succeeded();
      return;
    }
    if (end.status === 'cancelled') return;
    const { failure } = end;
    if (failure.kind === 'timeout' && !this.#hasAnswered && ++this.#timeouts === SILENT_TIMEOUTS) {
      this.options.onSilent(this.#timeouts);
    }
    const now = performance.now();
    const opened = this.#breaker.failed(failure, sentAt, now);
    if (opened !== null) this.options.halt(opened);
    if (failure.kind !== 'rate_limited' || !this.#throttle.refused(sentAt, failure.retryAfter, now)) return;
    this.options.onSlowed(this.#throttle.allowed, this.#throttle.pausedFor(now));
  }
}
