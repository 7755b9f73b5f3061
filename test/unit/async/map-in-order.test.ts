import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { mapInOrder } from '../../../src/async/map-in-order.js';

async function all<Item>(source: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe('mapInOrder', () => {
  it('keeps the order when later calls end sooner', async () => {
    const delays = [30, 1, 20, 0, 10];
    const mapped = mapInOrder(delays, 3, async (milliseconds) => {
      await delay(milliseconds);
      return milliseconds;
    });
    expect(await all(mapped)).toEqual(delays);
  });

  it('has no more calls in flight than asked for, and that many where the source allows', async () => {
    let inFlight = 0;
    let most = 0;
    const mapped = mapInOrder(Array.from({ length: 20 }).keys(), 4, async (item) => {
      most = Math.max(most, ++inFlight);
      await delay(2);
      inFlight--;
      return item;
    });
    await all(mapped);
    expect(most).toBe(4);
  });

  it('pulls nothing while nobody takes results', async () => {
    let pulled = 0;
    function* source(): Generator<number> {
      for (;;) yield pulled++;
    }
    const mapped = mapInOrder(source(), 3, async (item) => item);
    await mapped.next();
    const after = pulled;
    await delay(20);
    expect(pulled).toBe(after);
    expect(after).toBeLessThanOrEqual(4);
    await mapped.return();
  });

  it('gives a result on while the source is still waiting for its next item', async () => {
    async function* source(): AsyncGenerator<string> {
      yield 'first';
      await delay(60_000, undefined, { ref: false });
    }
    const mapped = mapInOrder(source(), 2, async (item) => item);
    expect(await mapped.next()).toEqual({ done: false, value: 'first' });
    await mapped.return();
  });

  it("throws a call's failure after the results before it, and closes the source", async () => {
    let closed = false;
    function* source(): Generator<number> {
      try {
        for (let item = 0; ; item++) yield item;
      } finally {
        closed = true;
      }
    }
    const seen: number[] = [];
    const run = async (): Promise<void> => {
      for await (const item of mapInOrder(source(), 3, async (value) => {
        if (value === 2) throw new Error('two');
        return value;
      }))
        seen.push(item);
    };
    await expect(run()).rejects.toThrow('two');
    expect(seen).toEqual([0, 1]);
    await delay(0);
    expect(closed).toBe(true);
  });

  it("throws the source's failure after the results of what came before it", async () => {
    async function* source(): AsyncGenerator<number> {
      yield 1;
      yield 2;
      throw new Error('disk gone');
    }
    const seen: number[] = [];
    const run = async (): Promise<void> => {
      for await (const item of mapInOrder(source(), 5, async (value) => {
        await delay(5);
        return value;
      }))
        seen.push(item);
    };
    await expect(run()).rejects.toThrow('disk gone');
    expect(seen).toEqual([1, 2]);
  });
});
