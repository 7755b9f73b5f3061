import { isTransient, type FailureKind } from '../request-error.js';

export interface BackOff {
  /** The most attempts of one request. */
  readonly attempts: number;
  /** Milliseconds: the first pause is up to this long, each further one up to twice as long as the one before. */
  readonly base: number;
  readonly cap: number;
}

export const BACK_OFF: BackOff = { attempts: 6, base: 500, cap: 30_000 };

/** Once is an accident, mended by asking again: only the second failure in a row may be the server's state. */
const ACCIDENT_PAUSE = 100;

export interface Failure {
  readonly kind: FailureKind;
  readonly detail: string;
  /** Milliseconds that the server asked to be left alone for; null where it did not. */
  readonly retryAfter: number | null;
}

/**
 * Milliseconds until a request is sent again after its `attempts`th attempt failed, or null where it is given up on.
 * Pauses are drawn from 0 to their bound ("full jitter"), so that requests that failed together do not come back together.
 *
 * @param random From 0 to 1.
 */
export function pauseAfter(failure: Failure, attempts: number, backOff: BackOff, random: () => number): number | null {
  const { kind, retryAfter } = failure;
  // A worker's failure has been tried twice by its pool.
  if (!isTransient(kind) || kind === 'worker_failed' || attempts >= backOff.attempts) return null;
  const bound =
    kind !== 'rate_limited' && attempts === 1
      ? ACCIDENT_PAUSE
      : Math.min(backOff.cap, backOff.base * 2 ** (attempts - 1));
  if (retryAfter === null) return random() * bound;
  return retryAfter + random() * Math.min(bound, retryAfter / 4);
}
