import { expect, it } from 'vitest';
import { ceilingOf, type MatmulCeiling } from '../../../src/bench/ceiling.js';

const rate = (gflops: number): MatmulCeiling => ({ name: 'any', out: 1, in: 1, gflops, rows: 32, form: 'thread' });

it('is the FLOP-weighted harmonic mean, the head weighted by its targets', () => {
  const layer = { name: 'qkv', out: 30, in: 10, count: 2, perTarget: false };
  const head = { name: 'head', out: 100, in: 10, count: 1, perTarget: true };
  // 600 at 100 and 500 (half of 1,000) at 50: 1,100 / (6 + 10).
  expect(ceilingOf([rate(100), rate(50)], [layer, head], 0.5)).toBeCloseTo(1_100 / 16, 10);
});
