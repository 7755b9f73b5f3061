import { describe, expect, it } from 'vitest';
import { QueryPool, type QueryPoolOptions } from '../../../src/autoif/pairs/query-pool.js';

const OPTIONS = { capacity: 12, seed: 1, minCharacters: 5, maxCharacters: 40 };

function poolOf(texts: readonly string[], options: Partial<QueryPoolOptions> = {}): QueryPool {
  const pool = new QueryPool({ ...OPTIONS, ...options });
  for (const [index, text] of texts.entries()) pool.add(text, index);
  return pool;
}

const many = (count: number): string[] => Array.from({ length: count }, (_, place) => `Question number ${place}?`);

const dealt = (pool: QueryPool, constraints: number, each: number): string[][] =>
  pool
    .deal(
      Array.from({ length: constraints }, (_, place) => place),
      each,
    )
    .map(({ queries }) => queries.map(({ text }) => text));

describe('A pool of queries', () => {
  it.each([
    ['Who?', 'too_short'],
    ['  Who?   ', 'too_short'],
    ['Why so?', null],
    ['x'.repeat(40), null],
    ['x'.repeat(41), 'too_long'],
    ['x'.repeat(4_000), 'too_long'],
    ['😀'.repeat(40), null],
    ['😀'.repeat(41), 'too_long'],
    ['😀'.repeat(4), 'too_short'],
  ])('takes %j: %s', (text, flaw) => {
    expect(new QueryPool(OPTIONS).add(text, 0)).toBe(flaw);
  });

  it('takes equal queries once, the first of them, whatever their case and white space', () => {
    const pool = poolOf(['Why is it so?', 'why  is it\nSO?', 'Why is it not so?', 'Who?']);
    expect(pool.counts).toEqual({ eligible: 2, reasons: { duplicate: 1, too_short: 1 } });
    const [hand] = pool.deal(['a'], 5);
    expect(hand!.queries.map(({ index }) => index).sort()).toEqual([0, 2]);
    expect(hand!.queries.find(({ index }) => index === 0)!.text).toBe('Why is it so?');
  });

  it('deals the same for the same seed, in whatever order the queries came', () => {
    const texts = many(500);
    const first = dealt(poolOf(texts), 4, 3);
    expect(dealt(poolOf(texts), 4, 3)).toEqual(first);
    expect(dealt(poolOf(texts.toReversed()), 4, 3)).toEqual(first);
    expect(dealt(poolOf(texts, { seed: 2 }), 4, 3)).not.toEqual(first);
  });

  it('deals each constraint different queries, and none twice while there are others', () => {
    const hands = dealt(poolOf(many(500)), 4, 3);
    expect(hands.map((hand) => hand.length)).toEqual([3, 3, 3, 3]);
    expect(new Set(hands.flat()).size).toBe(12);
  });

  it.each([5, 7, 11])('deals %i queries as evenly as can be', (count) => {
    const hands = dealt(poolOf(many(count)), 4, 3);
    for (const hand of hands) expect(new Set(hand).size).toBe(3);
    const uses = new Map<string, number>();
    for (const text of hands.flat()) uses.set(text, (uses.get(text) ?? 0) + 1);
    expect(uses.size).toBe(count);
    expect(Math.max(...uses.values()) - Math.min(...uses.values())).toBeLessThanOrEqual(1);
  });

  it('deals all that there are where there are fewer', () => {
    expect(dealt(poolOf(many(2)), 2, 3).map((hand) => hand.length)).toEqual([2, 2]);
    expect(dealt(poolOf([]), 2, 3)).toEqual([[], []]);
  });

  it('draws every query as likely as any other', () => {
    // 4 of 40 for each of 400 seeds: a query is drawn 40 times, give or take 6.
    const times = new Map<string, number>();
    for (let seed = 0; seed < 400; seed++) {
      for (const text of dealt(poolOf(many(40), { seed, capacity: 4 }), 1, 4).flat()) {
        times.set(text, (times.get(text) ?? 0) + 1);
      }
    }
    expect(times.size).toBe(40);
    for (const count of times.values()) {
      expect(count).toBeGreaterThan(10);
      expect(count).toBeLessThan(75);
    }
  });
});
