import { iterate, leave, quiet } from './iterate.js';

/**
 * Groups a source's items: a group is given on when its weights reach `limit`, or when no more came within `patience`
 * milliseconds of its first item, so that a slow source is not kept waiting for its answers.
 *
 * Reads one item ahead of the group. On an early return the source is returned too, without waiting for it.
 */
export async function* gather<Item>(
  source: Iterable<Item> | AsyncIterable<Item>,
  options: { readonly limit: number; readonly weigh: (item: Item) => number; readonly patience: number },
): AsyncGenerator<Item[], void, undefined> {
  const items = iterate(source);
  let next: Promise<IteratorResult<Item>> | null = null;
  let group: Item[] = [];
  let weight = 0;
  let ended = false;
  let impatience: Patience | null = null;
  try {
    while (!ended) {
      next ??= quiet(items.next());
      const result: IteratorResult<Item> | null =
        impatience === null ? await next : await Promise.race([next, impatience.over]);
      if (result !== null) {
        next = null;
        if (result.done === true) ended = true;
        else {
          group.push(result.value);
          weight += options.weigh(result.value);
          impatience ??= startPatience(options.patience);
        }
      }
      if (group.length > 0 && (ended || result === null || weight >= options.limit)) {
        impatience?.stop();
        impatience = null;
        const full = group;
        group = [];
        weight = 0;
        yield full;
      }
    }
  } finally {
    impatience?.stop();
    if (!ended) void leave(items);
  }
}

interface Patience {
  readonly over: Promise<null>;
  readonly stop: () => void;
}

function startPatience(milliseconds: number): Patience {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), milliseconds);
  });
  return { over, stop: () => clearTimeout(timer) };
}
