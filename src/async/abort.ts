import { setMaxListeners } from 'node:events';
import { EvosiftError } from '../base/errors.js';
import { leave, quiet } from './iterate.js';

/** What is thrown where a signal has aborted: its reason where that is ours already, else code `aborted` with it as cause. */
export function abortedBy(signal: AbortSignal, message = 'Aborted.'): EvosiftError {
  const reason: unknown = signal.reason;
  return reason instanceof EvosiftError ? reason : new EvosiftError('aborted', message, { cause: reason });
}

/** What a signal that has aborted stands for; null where it has not. */
export const abortOf = (signal: AbortSignal | undefined): EvosiftError | null =>
  signal?.aborted === true ? abortedBy(signal) : null;

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

/** @throws EvosiftError `aborted` where the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new EvosiftError('aborted', 'Stopped before it was done.', { cause: signal.reason });
}

/**
 * A source's items until the signal aborts; then throws with code `aborted` at once, even while the source's next item
 * is awaited, and returns the source without waiting for it.
 */
export async function* untilAborted<Item>(
  source: AsyncIterable<Item>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item, void, undefined> {
  const items = source[Symbol.asyncIterator]();
  const aborted = (): EvosiftError =>
    new EvosiftError('aborted', 'Aborted before all rows were done.', { cause: signal?.reason });
  let giveUp: ((error: EvosiftError) => void) | null = null;
  const onAbort = (): void => giveUp?.(aborted());
  signal?.addEventListener('abort', onAbort, { once: true });
  let ended = false;
  try {
    for (;;) {
      if (signal?.aborted === true) throw aborted();
      // Promise.race with one promise for the whole loop would keep every item alive through it.
      const item = await new Promise<IteratorResult<Item>>((resolve, reject) => {
        giveUp = reject;
        items.next().then(resolve, reject);
      });
      if (item.done === true) {
        ended = true;
        return;
      }
      yield item.value;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    if (!ended) void leave(items);
  }
}

/**
 * A signal of one's own that follows others while it is needed, for callees that never stop listening to the signal
 * that they are given.
 */
export class LinkedAbort implements Disposable {
  readonly #controller = new AbortController();
  readonly #unlink: (() => void)[] = [];

  constructor(...signals: readonly (AbortSignal | undefined)[]) {
    for (const signal of signals) {
      if (signal === undefined) continue;
      const follow = (): void => this.#controller.abort(signal.reason);
      if (signal.aborted) follow();
      setMaxListeners(0, signal);
      signal.addEventListener('abort', follow, { once: true });
      this.#unlink.push(() => signal.removeEventListener('abort', follow));
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    for (const unlink of this.#unlink) unlink();
  }
}
