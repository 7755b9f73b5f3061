import { setMaxListeners } from 'node:events';
import { EvosiftError } from '../base/errors.js';
import { quiet } from './iterate.js';

/** What is thrown where a signal has aborted: its reason where that is ours already, else code `aborted` with it as cause. */
export function abortedBy(signal: AbortSignal): EvosiftError {
  const reason: unknown = signal.reason;
  return reason instanceof EvosiftError ? reason : new EvosiftError('aborted', 'Aborted.', { cause: reason });
}

/** A promise's outcome, or `abortedBy(signal)` as soon as the signal aborts, without waiting for the promise. */
export function abortable<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise;
  quiet(promise);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortedBy(signal));
    if (signal.aborted) return onAbort();
    // Everything that a run has under way may wait on its one signal.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
