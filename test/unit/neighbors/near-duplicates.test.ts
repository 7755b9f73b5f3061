import { describe, expect, it } from 'vitest';
import { nearDuplicates, type DistanceMetric } from '../../../src/neighbors/index.js';
import { noiseVectors } from './noise-vectors.js';
import { storedCases, storedVectors } from './stored-vectors.js';

interface DuplicatesCase {
  readonly name: string;
  readonly metric: DistanceMetric;
  readonly dimension: number;
  readonly vectors: string;
  readonly distance: number;
  readonly order: readonly number[];
  readonly near_duplicates: readonly number[];
  readonly near_duplicates_in_order: readonly number[];
}

const CASES = storedCases<DuplicatesCase>('selections.json');

describe('nearDuplicates', () => {
  it.each(CASES)(
    'keeps what a loop over all distances keeps: $name',
    async ({ dimension, metric, distance, ...of }) => {
      const vectors = storedVectors(of.vectors, dimension);
      const found = await nearDuplicates(vectors, { distance, metric });
      expect([...found]).toEqual(of.near_duplicates);
      expect(found.some((kept) => kept >= 0)).toBe(true);
      const ordered = await nearDuplicates(vectors, { distance, metric, order: Int32Array.from(of.order) });
      expect([...ordered]).toEqual(of.near_duplicates_in_order);
    },
  );

  it('keeps what lies farther than the distance, however little', async () => {
    const values = Float32Array.of(0, 0.5, 1);
    expect([...(await nearDuplicates({ values, dimension: 1 }, { distance: 0.25 }))]).toEqual([-1, 0, -1]);
    expect([...(await nearDuplicates({ values, dimension: 1 }, { distance: 0.2499999 }))]).toEqual([-1, -1, -1]);
  });

  it('drops duplicates only, at distance 0, and all but the first of equal ones', async () => {
    const { values, dimension } = noiseVectors(3000, 6);
    values.set(values.subarray(0, 500 * dimension), 1500 * dimension);
    const found = await nearDuplicates({ values, dimension }, { distance: 0 });
    expect(found).toEqual(Int32Array.from({ length: 3000 }, (_, i) => (i >= 1500 && i < 2000 ? i - 1500 : -1)));
    const equal = await nearDuplicates({ values: new Float32Array(30_000), dimension: 3 }, { distance: 0 });
    expect(equal).toEqual(new Int32Array(10_000).fill(-1, 0, 1));
  });

  it('has the same bytes whatever the threads, and stops when it is told', async () => {
    const vectors = noiseVectors(3000, 6);
    const [one, two] = await Promise.all([1, 2].map((threads) => nearDuplicates(vectors, { distance: 0.3, threads })));
    expect(two).toEqual(one);
    const signal = AbortSignal.timeout(50);
    const run = nearDuplicates(noiseVectors(40_000, 256), { distance: 0.3, signal });
    await expect(run).rejects.toMatchObject({ code: 'aborted' });
  });

  it.each([
    ['no distance', {}, 'give `distance`'],
    ['a negative distance', { distance: -1 }, '`distance` must be a number of at least 0'],
    ['an order that leaves one out', { distance: 0, order: Int32Array.of(0, 0, 1) }, 'each number from 0 to 2 once'],
    ['an order of another length', { distance: 0, order: Int32Array.of(0, 1, 2, 2) }, 'each number from 0 to 2 once'],
  ])('refuses %s', async (_, options, message) => {
    const run = nearDuplicates({ values: new Float32Array(3), dimension: 1 }, options as { distance: number });
    await expect(run).rejects.toMatchObject({ code: 'bad_argument', message: expect.stringContaining(message) });
  });
});
