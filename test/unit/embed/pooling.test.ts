import { describe, expect, it } from 'vitest';
import { normalized, pool } from '../../../src/embed/encoders/pooling.js';

describe('pool', () => {
  // Three tokens of two numbers each.
  const states = Float32Array.of(1, -2, 4, -8, 1, 1);

  it.each([
    ['mean', [2, -3]],
    ['cls', [1, -2]],
    ['max', [4, 1]],
    ['lasttoken', [1, 1]],
  ] as const)('%s', (pooling, expected) => {
    expect([...pool(states, 2, pooling)]).toEqual(expected);
  });

  it('sums long texts without losing the small ones to the large', () => {
    // In f32 the sum would stay at 2^24.
    const long = new Float32Array(4097).fill(1);
    long[0] = 2 ** 24;
    expect([...pool(long, 1, 'mean')]).toEqual([Math.fround((2 ** 24 + 4096) / 4097)]);
  });

  it('leaves the states as they were, and shares no memory with them', () => {
    for (const pooling of ['cls', 'max', 'lasttoken'] as const) pool(states, 2, pooling).fill(9);
    expect([...states]).toEqual([1, -2, 4, -8, 1, 1]);
  });
});

describe('normalized', () => {
  it('has the length 1 in the same direction; zeros stay zeros', () => {
    expect([...normalized(Float32Array.of(3, 0, -4))]).toEqual([Math.fround(0.6), 0, Math.fround(-0.8)]);
    expect([...normalized(new Float32Array(3))]).toEqual([0, 0, 0]);
  });
});
