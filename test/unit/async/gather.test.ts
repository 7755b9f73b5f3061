import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { gather } from '../../../src/async/gather.js';

async function all<Item>(source: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of source) items.push(item);
  return items;
}

const weigh = (item: number): number => item;

describe('gather', () => {
  it('closes a group when its weights reach the limit', async () => {
    const groups = await all(gather([5, 5, 3, 9, 1, 1], { limit: 10, weigh, patience: 1_000 }));
    expect(groups).toEqual([
      [5, 5],
      [3, 9],
      [1, 1],
    ]);
  });

  it('gives nothing for an empty source', async () => {
    expect(await all(gather([], { limit: 10, weigh, patience: 1_000 }))).toEqual([]);
  });

  it('gives on what it has when the source is slow', async () => {
    async function* source(): AsyncGenerator<number> {
      yield 1;
      yield 2;
      await delay(100);
      yield 3;
    }
    expect(await all(gather(source(), { limit: 10, weigh, patience: 10 }))).toEqual([[1, 2], [3]]);
  });

  it('answers a source that waits for the answer before it goes on', async () => {
    let answer = (): void => {};
    async function* source(): AsyncGenerator<number> {
      for (let item = 0; item < 3; item++) {
        const answered = new Promise<void>((resolve) => {
          answer = resolve;
        });
        yield item;
        await answered;
      }
    }
    const seen: number[][] = [];
    for await (const group of gather(source(), { limit: 100, weigh, patience: 5 })) {
      seen.push(group);
      answer();
    }
    expect(seen).toEqual([[0], [1], [2]]);
  });

  it('closes its source on an early return', async () => {
    let closed = false;
    async function* source(): AsyncGenerator<number> {
      try {
        for (let item = 0; ; item++) yield item;
      } finally {
        closed = true;
      }
    }
    for await (const group of gather(source(), { limit: 10, weigh, patience: 1_000 })) {
      expect(group).toEqual([0, 1, 2, 3, 4]);
      break;
    }
    await delay(0);
    expect(closed).toBe(true);
  });
});
