import { EvosiftError, type ErrorCode } from '../base/errors.js';

const STOPS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['aborted', 'budget_spent', 'breaker_open']);

/** Whether an error ends a run in good order: what was done is kept, and the same command goes on. */
export const isStop = (error: unknown): error is EvosiftError => error instanceof EvosiftError && STOPS.has(error.code);

/**
 * What a run throws that was ended by `error`: of a stop also where it can be gone on with.
 *
 * @param pending What is there only at the end, as a clause behind the sentence.
 */
export function stoppedIn(out: string, error: unknown, signal: AbortSignal | undefined, pending = ''): unknown {
  const kept = `${out} keeps what is done, and the same command goes on${pending}.`;
  if (signal?.aborted === true) return new EvosiftError('aborted', `Stopped; ${kept}`, { cause: error });
  if (!isStop(error)) return error;
  return new EvosiftError(error.code, `${error.message}\n${kept}`, { cause: error, option: error.option });
}
