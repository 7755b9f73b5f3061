import { EvosiftError } from '../base/errors.js';
import { leave } from './iterate.js';

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
