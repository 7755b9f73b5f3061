import { describe, expect, it } from 'vitest';
import { clusterVectors, type VectorSet } from '../../../src/neighbors/index.js';
import { noiseVectors } from './noise-vectors.js';

const row = ({ values, dimension }: VectorSet, i: number): Float32Array =>
  values.subarray(i * dimension, (i + 1) * dimension);

const squaredDistance = (x: Float32Array, y: Float32Array): number =>
  x.reduce((sum, v, k) => sum + (v - y[k]!) ** 2, 0);

/** Noise about corners of a cube, in turn. */
function blobs(count: number, spread: number): VectorSet {
  const noise = noiseVectors(count, 3);
  const values = noise.values.map((v, k) => v * spread + (((Math.floor(k / 3) % 8) >> (k % 3)) % 2));
  return { values, dimension: 3 };
}

describe('clusterVectors', () => {
  it('ends where every centroid is the mean of those that lie nearest to it', async () => {
    const vectors = noiseVectors(700, 5);
    const { labels, centroids } = await clusterVectors(vectors, { clusters: 6, seed: 3, iterations: 1000 });
    expect(centroids.values).toHaveLength(6 * 5);
    const sums = Array.from({ length: 6 }, () => ({ count: 0, sum: new Float64Array(5) }));
    labels.forEach((label, i) => {
      const distances = Array.from({ length: 6 }, (_, k) => squaredDistance(row(vectors, i), row(centroids, k)));
      expect(distances.indexOf(Math.min(...distances))).toBe(label);
      sums[label]!.count += 1;
      row(vectors, i).forEach((v, k) => (sums[label]!.sum[k]! += v));
    });
    sums.forEach(({ count, sum }, label) => {
      expect(count).toBeGreaterThan(0);
      row(centroids, label).forEach((v, k) => expect(v).toBeCloseTo(sum[k]! / count, 6));
    });
  });

  it('finds groups that lie apart, whatever the seed', async () => {
    const vectors = blobs(400, 0.002);
    for (const seed of [0, 1, 2, 3]) {
      const { labels } = await clusterVectors(vectors, { clusters: 8, seed });
      expect(new Set(labels.slice(0, 8)).size).toBe(8);
      expect(labels.every((label, i) => label === labels[i % 8])).toBe(true);
    }
  });

  it('goes by the direction alone with the cosine, and gives centroids of length 1', async () => {
    const { values, dimension } = blobs(400, 0.01);
    const directions = values.map((v, k) => (v + 0.1) * (1 + (Math.floor(k / 3) % 5)));
    const asked = { clusters: 7, seed: 1, metric: 'cosine', iterations: 100 } as const;
    const { labels, centroids } = await clusterVectors({ values: directions, dimension }, asked);
    // The corners 0 and 7 of the cube lie in one direction.
    expect(new Set(labels.slice(0, 8)).size).toBe(7);
    expect(labels[0]).toBe(labels[7]);
    for (let k = 0; k < 7; k += 1) expect(squaredDistance(row(centroids, k), new Float32Array(3))).toBeCloseTo(1, 6);
  });

  it('has the same bytes for the same seed, whatever the threads', async () => {
    const vectors = noiseVectors(3000, 20);
    const asked = { clusters: 12, seed: 5, iterations: 5 };
    const [one, two] = await Promise.all([1, 2].map((threads) => clusterVectors(vectors, { ...asked, threads })));
    expect(two).toEqual(one);
    expect(await clusterVectors(vectors, { ...asked, seed: 6 })).not.toEqual(one);
  });

  it('copes with fewer different vectors than clusters, and with none to spare', async () => {
    const values = Float32Array.of(1, 1, 1, 4, 4);
    const { labels } = await clusterVectors({ values, dimension: 1 }, { clusters: 4, seed: 1 });
    expect(new Set(labels.slice(0, 3)).size).toBe(1);
    expect(labels[3]).toBe(labels[4]);
    expect(labels[3]).not.toBe(labels[0]);
    const own = await clusterVectors(noiseVectors(5, 2), { clusters: 5, seed: 1 });
    expect(new Set(own.labels).size).toBe(5);
  });

  it.each([
    ['no clusters', { seed: 1 }, 'give `clusters`'],
    ['no seed', { clusters: 1 }, 'give `seed`'],
    ['more clusters than vectors', { clusters: 4, seed: 1 }, '`clusters` is 4, and there are 3 vectors'],
  ])('refuses %s', async (_, options, message) => {
    const run = clusterVectors({ values: new Float32Array(3), dimension: 1 }, options as never);
    await expect(run).rejects.toMatchObject({ code: 'bad_argument', message: expect.stringContaining(message) });
  });
});
