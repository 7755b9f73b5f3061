import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  DistributionTally,
  ENTROPY_GRID,
  PROBABILITY_GRID,
  type PositionDistribution,
  type Grid,
} from '../../../../src/analyze/output-space/position-distribution.js';
import { references } from './journal-run.js';

const FILE = join(import.meta.dirname, '../../../fixtures/output-space/distribution.json');

function distributionOf(grid: Grid, values: readonly number[]): PositionDistribution | null {
  const tally = new DistributionTally(grid);
  for (const value of values) tally.add(value);
  return tally.distribution;
}

describe('a distribution', () => {
  it.each([
    ['top1', PROBABILITY_GRID],
    ['entropy', ENTROPY_GRID],
  ] as const)("of %s is numpy's, quantiles and bins to one part in a hundred of a bin", async (name, grid) => {
    const expected = JSON.parse(await readFile(FILE, 'utf8'))[name];
    const values = (await references()).flatMap((reference) => reference[name]);
    const found = distributionOf(grid, values)!;
    for (const field of ['count', 'mean', 'sd', 'min', 'max'] as const) {
      expect(found[field]).toBeCloseTo(expected[field], 10);
    }
    expect(found.histogram).toEqual({ binWidth: grid.binWidth, counts: expected.histogram });
    // Numpy's quantiles lie between two values, which may be far apart where there are few.
    const sorted = values.toSorted((a, b) => a - b);
    for (const [quantile, value] of Object.entries(found.quantiles)) {
      const rank = (Number(quantile.slice(1)) / 100) * (sorted.length - 1);
      const fine = grid.binWidth / grid.fine;
      expect(value).toBeGreaterThanOrEqual(sorted[Math.floor(rank)]! - fine);
      expect(value).toBeLessThanOrEqual(sorted[Math.ceil(rank)]! + fine);
    }
  });

  it('of many values has the quantiles of all of them', () => {
    // Evenly spread from 0 to 1: a quantile is its own share.
    const { quantiles } = distributionOf(
      PROBABILITY_GRID,
      Array.from({ length: 100_001 }, (_, i) => i / 100_000),
    )!;
    for (const [name, value] of Object.entries(quantiles)) {
      expect(Math.abs(value - Number(name.slice(1)) / 100)).toBeLessThanOrEqual(1e-4);
    }
  });

  it('has all that is beyond its grid in the last bin, and is none of nothing', () => {
    const { histogram, quantiles, max } = distributionOf(PROBABILITY_GRID, [1, 1, 1])!;
    expect(histogram.counts.at(-1)).toBe(3);
    expect([quantiles.q01, quantiles.q50, max]).toEqual([1, 1, 1]);
    expect(distributionOf(ENTROPY_GRID, [])).toBeNull();
  });
});
