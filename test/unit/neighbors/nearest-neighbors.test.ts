import { describe, expect, it } from 'vitest';
import { nearestNeighbors, type DistanceMetric, type VectorSet } from '../../../src/neighbors/index.js';
import { noiseVectors } from './noise-vectors.js';
import { storedCases, storedVectors } from './stored-vectors.js';

interface NearestCase {
  readonly name: string;
  readonly metric: DistanceMetric;
  readonly dimension: number;
  readonly vectors: string;
  readonly against: string | null;
  readonly distances: readonly (number | null)[];
  readonly indexes: readonly number[];
}

const CASES = storedCases<NearestCase>('nearest.json');

describe('nearestNeighbors', () => {
  it.each(CASES)('is what brute force in float64 finds: $name', async ({ dimension, metric, ...of }) => {
    const vectors = storedVectors(of.vectors, dimension);
    const against = of.against === null ? {} : { against: storedVectors(of.against, dimension) };
    const found = await nearestNeighbors(vectors, { metric, ...against });
    expect([...found.indexes]).toEqual(of.indexes);
    of.distances.forEach((distance, i) => {
      if (distance === null) expect(found.distances[i]).toBeNaN();
      // Cosines are of vectors of length 1 in float32.
      else if (metric === 'cosine') expect(found.distances[i]).toBeCloseTo(distance, 6);
      else expect(found.distances[i]).toBe(Math.fround(distance));
    });
  });

  it('has the same bytes whatever the threads', async () => {
    const vectors = noiseVectors(2000, 24);
    const [one, two] = await Promise.all([1, 2].map((threads) => nearestNeighbors(vectors, { threads })));
    expect(two).toEqual(one);
    expect(one!.indexes.every((index) => index >= 0)).toBe(true);
  });

  it('finds the first of very many equal vectors about as fast as the nearest of as many different ones', async () => {
    const different = noiseVectors(20_000, 16);
    const equal = { values: new Float32Array(20_000 * 16).fill(0.25), dimension: 16 };
    const seconds = async (vectors: VectorSet) => {
      const start = performance.now();
      const { distances, indexes } = await nearestNeighbors(vectors);
      return { time: performance.now() - start, distances, indexes };
    };
    const others = await seconds(different);
    const { time, distances, indexes } = await seconds(equal);
    expect(distances).toEqual(new Float32Array(20_000));
    expect(indexes).toEqual(new Int32Array(20_000).fill(1, 0, 1));
    // Pair by pair it would be hundreds of times as slow.
    expect(time).toBeLessThan(20 * others.time);
  });

  it('says how far it is, and stops as soon as it is told', async () => {
    const vectors = noiseVectors(40_000, 256);
    const controller = new AbortController();
    const shares: number[] = [];
    const onProgress = (share: number): void => {
      shares.push(share);
      controller.abort(new Error('enough'));
    };
    const run = nearestNeighbors(vectors, { signal: controller.signal, onProgress });
    await expect(run).rejects.toMatchObject({ code: 'aborted', cause: new Error('enough') });
    expect(shares).toHaveLength(1);
    expect(shares[0]).toBeLessThan(0.9);
    await expect(nearestNeighbors(vectors, { signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' });
  });

  const three = { values: Float32Array.of(1, 0, 0, 1, 1, 1), dimension: 2 };
  it.each([
    ['a part of a vector', { values: new Float32Array(5), dimension: 2 }, {}, 'given 5 values and dimension 2'],
    ['no dimension', { values: new Float32Array(5), dimension: 0 }, {}, 'an integer of at least 1'],
    ['another dimension', three, { against: { values: new Float32Array(3), dimension: 3 } }, 'of dimension 3'],
    ['an unknown metric', three, { metric: 'dot' }, '`metric` must be one of squared_l2, cosine'],
  ])('refuses %s', async (_, vectors, options, message) => {
    const run = nearestNeighbors(vectors, options as object);
    await expect(run).rejects.toMatchObject({ code: 'bad_argument', message: expect.stringContaining(message) });
  });

  it.each([
    ['a value that is no number', [1, 0, NaN, 1, 1, 1], {}, 'vector 1 (from 0) is not finite: its value 0'],
    ['an infinite value', [1, 0, 0, 1, 1, -Infinity], {}, 'vector 2 (from 0) is not finite: its value 1 is -inf'],
    [
      'a vector without a direction',
      [1, 0, 0, 0, 0, 0],
      { metric: 'cosine' } as const,
      'vector 1 (from 0) is all zeros',
    ],
  ])('names the first vector with %s', async (_, values, options, message) => {
    const run = nearestNeighbors({ values: Float32Array.from(values), dimension: 2 }, options);
    await expect(run).rejects.toMatchObject({ code: 'bad_data', message: expect.stringContaining(message) });
  });

  it('knows no neighbours of no vectors, and none among none', async () => {
    const none = { values: new Float32Array(0), dimension: 2 };
    expect(await nearestNeighbors(none)).toEqual({ distances: new Float32Array(0), indexes: new Int32Array(0) });
    const { distances, indexes } = await nearestNeighbors(three, { against: none });
    expect([...distances, ...indexes]).toEqual([NaN, NaN, NaN, -1, -1, -1]);
  });
});
