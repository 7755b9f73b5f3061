/** Either kind's iterator. */
export const iterate = <Item>(source: Iterable<Item> | AsyncIterable<Item>): AnyIterator<Item> =>
  Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : fromSync(source[Symbol.iterator]());

interface AnyIterator<Item> {
  next(): Promise<IteratorResult<Item>>;
  return?(): Promise<unknown>;
}

function fromSync<Item>(items: Iterator<Item>): AnyIterator<Item> {
  return {
    next: async () => items.next(),
    return: async () => items.return?.(),
  };
}

/** Marks a promise that may be left unawaited as handled; whoever awaits it still sees its rejection. */
export function quiet<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}

/** Closes a source early. Nobody is left to be told that it failed to close. */
export async function leave(items: AnyIterator<unknown>): Promise<void> {
  await items.return?.().then(undefined, () => {});
}
