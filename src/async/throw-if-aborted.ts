import { EvosiftError } from '../base/errors.js';

/** @throws EvosiftError `aborted` where the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new EvosiftError('aborted', 'Stopped before it was done.', { cause: signal.reason });
}
