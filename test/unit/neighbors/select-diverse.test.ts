import { describe, expect, it } from 'vitest';
import { DIVERSITY_METHODS, selectDiverse, type DistanceMetric } from '../../../src/neighbors/index.js';
import { noiseVectors } from './noise-vectors.js';
import { storedCases, storedVectors } from './stored-vectors.js';

type Method = (typeof DIVERSITY_METHODS)[number];

type SelectionCase = Readonly<Record<Method | `${Method}_weighted`, readonly number[]>> & {
  readonly name: string;
  readonly metric: DistanceMetric;
  readonly dimension: number;
  readonly vectors: string;
  readonly count: number;
  readonly weights: readonly number[];
};

const CASES = storedCases<SelectionCase>('selections.json');

describe.each(DIVERSITY_METHODS)('selectDiverse by %s', (method) => {
  it.each(CASES)('chooses what its definition says, step by step: $name', async ({ dimension, metric, ...of }) => {
    const vectors = storedVectors(of.vectors, dimension);
    const asked = { count: of.count, method, metric };
    expect([...(await selectDiverse(vectors, asked))]).toEqual(of[method]);
    const weights = Float32Array.from(of.weights);
    expect([...(await selectDiverse(vectors, { ...asked, weights }))]).toEqual(of[`${method}_weighted`]);
  });

  it('chooses all where more are asked for, each once, duplicates last', async () => {
    const values = Float32Array.of(0, 5, 5, 9, 0, 1);
    const chosen = await selectDiverse({ values, dimension: 1 }, { count: 100, method });
    expect([...chosen].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(Array.from(chosen.slice(0, 4), (i) => values[i]))).toEqual(new Set(values));
  });

  it('has the same bytes whatever the threads, and stops when it is told', async () => {
    const vectors = noiseVectors(3000, 20);
    const asked = { count: 100, method };
    const [one, two] = await Promise.all([1, 2].map((threads) => selectDiverse(vectors, { ...asked, threads })));
    expect(two).toEqual(one);
    const run = selectDiverse(noiseVectors(40_000, 256), { count: 40_000, method, signal: AbortSignal.timeout(50) });
    await expect(run).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('selectDiverse', () => {
  it.each([
    ['no count', { method: 'farthest_point' }, 'give `count`'],
    ['no method', { count: 1 }, 'give `method`'],
    ['an unknown method', { count: 1, method: 'best' }, '`method` must be one of farthest_point, facility_location'],
    [
      'a negative weight',
      { count: 1, method: 'farthest_point', weights: Float32Array.of(1, -1, 1) },
      '`weights` must be',
    ],
    ['too few weights', { count: 1, method: 'farthest_point', weights: Float32Array.of(1) }, '3 numbers, one a vector'],
    ['weights of 0', { count: 1, method: 'facility_location', weights: new Float32Array(3) }, 'not all 0'],
  ])('refuses %s', async (_, options, message) => {
    const run = selectDiverse({ values: new Float32Array(3), dimension: 1 }, options as never);
    await expect(run).rejects.toMatchObject({ code: 'bad_argument', message: expect.stringContaining(message) });
  });

  it('chooses none of none', async () => {
    for (const method of DIVERSITY_METHODS) {
      const chosen = await selectDiverse({ values: new Float32Array(0), dimension: 4 }, { count: 3, method });
      expect(chosen).toEqual(new Int32Array(0));
    }
  });
});
