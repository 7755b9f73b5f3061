import type { VectorSet } from '../../../src/neighbors/index.js';

/** Vectors of values in [-1, 1), the same for the same seed. */
export function noiseVectors(count: number, dimension: number, seed = 1): VectorSet {
  let state = seed;
  const values = new Float32Array(count * dimension);
  for (let i = 0; i < values.length; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    values[i] = state / 2 ** 31;
  }
  return { values, dimension };
}
