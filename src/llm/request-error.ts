export const FAILURE_KINDS = [
  'rate_limited',
  'server_error',
  'timeout',
  'connection',
  'malformed_answer',
  'unauthorized',
  'not_found',
  'bad_request',
  'context_overflow',
  'content_filter',
  'worker_failed',
] as const;

/** What went wrong with one attempt at a request. */
export type FailureKind = (typeof FAILURE_KINDS)[number];

const TRANSIENT: ReadonlySet<FailureKind> = new Set<FailureKind>([
  'rate_limited',
  'server_error',
  'timeout',
  'connection',
  'malformed_answer',
  'worker_failed',
]);

/** Whether the same request may well succeed a little later. */
export const isTransient = (kind: FailureKind): boolean => TRANSIENT.has(kind);

const OF_THE_REQUEST: ReadonlySet<FailureKind> = new Set<FailureKind>([
  'bad_request',
  'context_overflow',
  'content_filter',
]);

/** Whether it is the request's own fault: the same request fails again, whenever it is made. */
export const isOfTheRequest = (kind: FailureKind): boolean => OF_THE_REQUEST.has(kind);

/** One attempt at a request failed. Messages never hold a key. */
export class RequestError extends Error {
  override readonly name = 'RequestError';

  constructor(
    readonly kind: FailureKind,
    message: string,
    /** Milliseconds that the server asked to be left alone for; null where it did not. */
    readonly retryAfter: number | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
