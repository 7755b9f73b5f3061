import { describe, expect, it } from 'vitest';
import { KeywordTally } from '../../../src/judge/keywords/keyword-tally.js';
import { normalPhrase } from '../../../src/judge/keywords/normal-phrase.js';
import { agreedOutcome, orderVerdict } from '../../../src/judge/pairs/outcome.js';
import { OrderTally, OutcomeTally } from '../../../src/judge/pairs/pair-tallies.js';
import { shareOf } from '../../../src/statistics/wilson-interval.js';
import { fileNames } from '../../../src/judge/rows/origin.js';
import type { Preference } from '../../../src/judge/answers/preference.js';

describe("Wilson's interval", () => {
  // scipy 1.17.1: binomtest(hits, count).proportion_ci(0.95, method='wilson').
  it.each([
    [0, 1, 0, 0.7934506856227626],
    [1, 1, 0.20654931437723745, 1],
    [8, 10, 0.4901624715366418, 0.9433178485456248],
    [0, 20, 0, 0.16112515805281935],
    [20, 20, 0.8388748419471808, 1],
    [61, 118, 0.4276830825567779, 0.6051464652729679],
    [4999, 10_000, 0.49010210041112534, 0.5096979763885487],
  ])('of %i in %i', (hits, count, low, high) => {
    const share = shareOf(hits, count);
    expect(share.share).toBe(hits / count);
    expect(share.low).toBeCloseTo(low, 12);
    expect(share.high).toBeCloseTo(high, 12);
  });

  it('is none of nothing', () => {
    expect(shareOf(0, 0)).toEqual({ share: null, low: null, high: null });
  });
});

describe('A pair in both orders', () => {
  const said = (value: Preference | null, swapped: boolean) =>
    orderVerdict(value === null ? { value, reason: 'unparsable' } : { value, reason: null }, swapped);

  it.each([
    ['first', 'second', 'win'],
    ['second', 'first', 'lose'],
    ['tie', 'tie', 'tie'],
    // The same place both times says nothing of the answers.
    ['first', 'first', 'tie'],
    ['second', 'second', 'tie'],
    ['first', 'tie', 'tie'],
    ['tie', 'first', 'tie'],
    ['first', null, null],
    [null, 'second', null],
    [null, null, null],
  ] as const)('%s, and swapped %s: %s', (given, swapped, outcome) => {
    expect(agreedOutcome([said(given, false), said(swapped, true)])).toBe(outcome);
  });

  it('shows which place wins', () => {
    const tally = new OrderTally();
    tally.add([said('first', false), said('first', true)]);
    tally.add([said('first', false), said('second', true)]);
    tally.add([said('tie', false), said(null, true)]);
    expect(tally.values).toMatchObject({
      positions: { first: 3, second: 1, tie: 1, firstOfDecided: { share: 3 / 4 } },
      disagreements: 1,
      unparsable: 1,
    });
  });

  it('counts ties as halves of a win', () => {
    const tally = new OutcomeTally();
    for (const outcome of ['win', 'win', 'tie', 'lose'] as const) tally.add(outcome);
    expect(tally.values).toMatchObject({
      win: 2,
      tie: 1,
      lose: 1,
      winRate: 2.5 / 4,
      rates: { lose: { share: 1 / 4 } },
    });
    expect(new OutcomeTally().values.winRate).toBeNull();
  });
});

describe('normalPhrase', () => {
  it.each([
    ['Add constraints', 'add constraint'],
    ['"ADD CONSTRAINT."', 'add constraint'],
    ['Multi-Step Reasoning', 'multi step reasoning'],
    ['the edge cases', 'edge cases'],
    ['more steps', 'more step'],
    ['CACHES', 'caches'],
    ['remove bias', 'remove bias'],
    ['physics', 'physics'],
    ['Use C++.', 'use c++'],
    ['"C#"', 'c#'],
    ['step-by-step analysis', 'step by step analysis'],
    ['process', 'process'],
    ['focus', 'focus'],
    ['series', 'series'],
    ['Ａｄｄ ｄｅｔａｉｌ', 'add detail'],
    ['增加约束', '增加约束'],
    ['A', 'a'],
  ])('%s: %s', (phrase, normal) => {
    expect(normalPhrase(phrase)).toBe(normal);
  });
});

it('keywords are shown in their most frequent spelling', () => {
  const tally = new KeywordTally(2);
  for (const phrase of ['add constraint', 'Add Constraints', 'Add Constraints', 'Deepen', 'C++']) tally.add(phrase);
  expect(tally.values).toEqual({
    distinct: 3,
    keywords: [
      { keyword: 'Add Constraints', count: 3 },
      { keyword: 'C++', count: 1 },
    ],
  });
});

describe('fileNames', () => {
  it.each([
    [
      ['/d/a.jsonl', '/d/b.jsonl'],
      ['a.jsonl', 'b.jsonl'],
    ],
    [
      ['/d/x/dataset.jsonl', '/d/y/dataset.jsonl', '/d/a.csv'],
      ['x', 'y', 'a.csv'],
    ],
    [
      ['/d/x/a.jsonl', '/d/y/a.jsonl'],
      ['x/a.jsonl', 'y/a.jsonl'],
    ],
    [
      ['/1/x/a.jsonl', '/2/x/a.jsonl'],
      ['/1/x/a.jsonl', '/2/x/a.jsonl'],
    ],
  ])('%j', (paths, names) => {
    expect([...fileNames(paths).values()]).toEqual(names);
  });
});
