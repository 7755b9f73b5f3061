import { mapInOrder } from '../async/map-in-order.js';
import type { EvosiftError } from '../base/errors.js';
import { isStop } from './stop.js';

/**
 * Works on items side by side and takes what came of each, in order. After a stop no item is begun.
 *
 * @returns The stop; null where all items are done.
 */
export async function workInOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  concurrency: number,
  work: (item: Item) => Promise<Result>,
  take: (result: Result) => Promise<void>,
): Promise<EvosiftError | null> {
  let stopped: EvosiftError | null = null;
  const outcomes = mapInOrder(
    whilst(items, () => stopped === null),
    concurrency,
    async (item) => {
      try {
        return { stopped: null, result: await work(item) };
      } catch (error) {
        if (!isStop(error)) throw error;
        return { stopped: error };
      }
    },
  );
  for await (const outcome of outcomes) {
    if (outcome.stopped === null) await take(outcome.result);
    else stopped ??= outcome.stopped;
  }
  return stopped;
}

async function* whilst<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  goesOn: () => boolean,
): AsyncGenerator<Item, void, undefined> {
  for await (const item of items) {
    if (!goesOn()) return;
    yield item;
  }
}
