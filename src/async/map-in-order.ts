import { iterate, leave, quiet } from './iterate.js';

/**
 * Maps a source through an asynchronous function, with up to `concurrency` calls in flight; results come in the
 * source's order, each as soon as it and those before it are there. Pulls from the source only while results are
 * being taken.
 *
 * The first failure, of the source or of a call, is thrown in its place in the order. On an early return the source
 * is returned too; results in flight are dropped.
 */
export async function* mapInOrder<Item, Result>(
  source: Iterable<Item> | AsyncIterable<Item>,
  concurrency: number,
  map: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const items = iterate(source);
  const inFlight: Promise<Result>[] = [];
  let next: Promise<IteratorResult<Item>> | null = null;
  let ended = false;
  try {
    for (;;) {
      if (!ended && next === null && inFlight.length < concurrency) next = quiet(items.next());
      const [first] = inFlight;
      const item = next === null ? null : await settledFirst(next, first);
      if (item === null) {
        if (first === undefined) return;
        const result = await first;
        inFlight.shift();
        yield result;
      } else {
        next = null;
        if (item.done === true) ended = true;
        else inFlight.push(quiet(map(item.value)));
      }
    }
  } finally {
    if (!ended) void leave(items);
  }
}

/**
 * The next item; or null where the oldest result in flight settled before it. A source that fails while results are in
 * flight fails after them.
 */
async function settledFirst<Item>(
  next: Promise<IteratorResult<Item>>,
  first: Promise<unknown> | undefined,
): Promise<IteratorResult<Item> | null> {
  if (first === undefined) return await next;
  return await Promise.race([next.catch(toNull), first.then(toNull, toNull)]);
}

const toNull = (): null => null;
