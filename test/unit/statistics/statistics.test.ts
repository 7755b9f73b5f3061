import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { averageRanks } from '../../../src/statistics/average-ranks.js';
import { percentileInterval, resampledMeans } from '../../../src/statistics/bootstrap.js';
import { describeValues } from '../../../src/statistics/distribution.js';
import { histogram } from '../../../src/statistics/histogram.js';
import { Random } from '../../../src/statistics/random.js';
import { Reservoir } from '../../../src/statistics/reservoir.js';
import { sampleIndexes } from '../../../src/statistics/sample.js';
import { spearman } from '../../../src/statistics/spearman.js';
import { topOverlaps } from '../../../src/statistics/top-overlaps.js';

interface Reference {
  readonly summaries: readonly {
    readonly values: readonly number[];
    readonly from: number;
    readonly to: number;
    readonly bins: number;
    readonly mean: number;
    readonly sd: number;
    readonly quantiles: Readonly<Record<string, number>>;
    readonly counts: readonly number[];
    readonly below: number;
    readonly above: number;
  }[];
  readonly pairs: readonly {
    readonly a: readonly number[];
    readonly b: readonly number[];
    readonly ranks: readonly number[];
    readonly spearman: number;
    readonly overlap: Readonly<Record<string, number>>;
  }[];
  readonly bootstrap: {
    readonly values: readonly number[];
    readonly confidence: number;
    readonly low: number;
    readonly high: number;
    readonly standard_error: number;
  };
}

/** What numpy and scipy say. */
const reference = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/statistics.json'), 'utf8'),
) as Reference;
const columnOf = (values: readonly number[]): Float64Array => Float64Array.from(values);

describe('describeValues', () => {
  it.each(reference.summaries.map((summary, number) => [number, summary] as const))(
    'agrees with numpy: %i',
    (_, one) => {
      const values = columnOf(one.values);
      const found = describeValues(values)!;
      expect(found.count).toBe(one.values.length);
      expect(found.mean).toBeCloseTo(one.mean, 12);
      expect(found.sd).toBeCloseTo(one.sd, 12);
      for (const [name, value] of Object.entries(one.quantiles)) {
        expect(found.quantiles[name as keyof typeof found.quantiles]).toBeCloseTo(value, 12);
      }
      expect([found.min, found.max]).toEqual([Math.min(...one.values), Math.max(...one.values)]);
      expect(histogram(values, { from: one.from, to: one.to, count: one.bins })).toEqual({
        below: one.below,
        counts: one.counts,
        above: one.above,
      });
      expect([...values]).toEqual(one.values);
    },
  );

  it('has nothing to say of no values', () => {
    expect(describeValues(new Float64Array())).toBeNull();
    expect(histogram(new Float64Array(), { from: 0, to: 1, count: 2 })).toEqual({ below: 0, counts: [0, 0], above: 0 });
  });
});

describe('agreement', () => {
  it.each(reference.pairs.map((pair, number) => [number, pair] as const))('is that of scipy: %i', (_, pair) => {
    const [a, b] = [columnOf(pair.a), columnOf(pair.b)];
    expect([...averageRanks(a)]).toEqual(pair.ranks);
    expect(spearman(a, b)).toBeCloseTo(pair.spearman, 12);
    expect(topOverlaps(a, b, Object.keys(pair.overlap).map(Number))).toEqual(Object.values(pair.overlap));
  });

  it('does not exist where one side is the same everywhere, or no row is chosen', () => {
    expect(spearman(columnOf([1, 1, 1]), columnOf([1, 2, 3]))).toBeNull();
    expect(spearman(columnOf([1]), columnOf([2]))).toBeNull();
    expect(topOverlaps(columnOf([1]), columnOf([2]), [0, 1])).toEqual([null, 1]);
  });
});

describe('the bootstrap', () => {
  const { values, confidence, low, high, standard_error: error } = reference.bootstrap;

  it('gives the interval of scipy, as nearly as resamples can tell', () => {
    const [means] = resampledMeans([columnOf(values)], 20_000, Random.of(3));
    const interval = percentileInterval(means!, confidence)!;
    // A quantile's own error: sqrt(p (1 - p) / n) over the density there, which is about 0.058 / error.
    const tolerance = (5 * Math.sqrt((0.025 * 0.975) / 20_000) * error) / 0.058;
    expect(Math.abs(interval.low - low)).toBeLessThan(tolerance);
    expect(Math.abs(interval.high - high)).toBeLessThan(tolerance);
  });

  it('draws the same rows in every column, and leaves out what is no value', () => {
    const column = columnOf(values);
    const [means, doubled, holed] = resampledMeans(
      [column, column.map((value) => 2 * value), column.map((_, row) => (row % 2 === 0 ? 5 : NaN))],
      50,
      Random.of(0),
    );
    for (const [resample, value] of means!.entries()) expect(doubled![resample]).toBeCloseTo(2 * value, 12);
    expect(new Set(holed)).toEqual(new Set([5]));
    expect(percentileInterval(columnOf([NaN]), 0.95)).toBeNull();
  });
});

describe('random numbers', () => {
  it('are those of xoshiro128**', () => {
    // The generator's authors' C code, begun with the state 1, 2, 3, 4.
    const random = new Random([1, 2, 3, 4]);
    expect(Array.from({ length: 5 }, () => random.next())).toEqual([11520, 0, 5927040, 70819200, 2031721883]);
  });

  it('depend on all of a seed', () => {
    const seeds = [0, 1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
    expect(new Set(seeds.map((seed) => Random.of(seed).next())).size).toBe(seeds.length);
    expect(Random.of(7).next()).toBe(Random.of(7).next());
  });

  it('sample without repetition, each number as likely as any other', () => {
    const random = Random.of(1);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let draw = 0; draw < 5_000; draw++) {
      const sample = sampleIndexes(10, 3, random);
      expect(new Set(sample).size).toBe(3);
      for (const index of sample) counts[index]!++;
    }
    // 1,500 each, give or take five standard deviations.
    for (const count of counts) expect(Math.abs(count - 1_500)).toBeLessThan(5 * Math.sqrt(5_000 * 0.3 * 0.7));
    expect([...sampleIndexes(3, 9, random)]).toEqual([0, 1, 2]);
  });

  it('keep each item of a stream as likely as any other', () => {
    const random = Random.of(2);
    const counts = Array.from({ length: 20 }, () => 0);
    for (let stream = 0; stream < 4_000; stream++) {
      const reservoir = new Reservoir<number>(5, random);
      for (let item = 0; item < 20; item++) reservoir.add(item);
      for (const item of reservoir.items) counts[item]!++;
    }
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(5 * Math.sqrt(4_000 * 0.25 * 0.75));
  });

  it('keep a stream in random order, be it shorter than the sample or longer', () => {
    const random = Random.of(3);
    for (const length of [4, 10]) {
      const counts = Array.from({ length }, () => 0);
      for (let stream = 0; stream < 4_000; stream++) {
        const reservoir = new Reservoir<number>(5, random);
        for (let item = 0; item < length; item++) reservoir.add(item);
        expect(new Set(reservoir.items).size).toBe(Math.min(length, 5));
        counts[reservoir.items[0]!]!++;
      }
      const share = 1 / length;
      const error = Math.sqrt(4_000 * share * (1 - share));
      for (const count of counts) expect(Math.abs(count - 4_000 * share)).toBeLessThan(5 * error);
    }
  });
});
