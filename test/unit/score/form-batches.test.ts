import { describe, expect, it } from 'vitest';
import { formBatches, targetCount } from '../../../src/score/form-batches.js';
import type { ScoredSequence } from '../../../src/score/sequences/prepared-row.js';

const sequence = (length: number, ...spans: number[]): ScoredSequence => ({
  ids: Int32Array.from({ length }, (_, position) => position),
  spans: Int32Array.from(spans),
});

describe('formBatches', () => {
  it('packs every sequence that has spans once, end to end, spans moved along', () => {
    const sequences = [sequence(4, 1, 3), sequence(3), sequence(6, 1, 2, 4, 6)];
    const [formed, ...others] = formBatches(sequences, 100);
    expect(others).toEqual([]);
    expect(formed?.members.map(({ position }) => position)).toEqual([2, 0]);
    expect(formed?.batch).toEqual({
      tokens: Int32Array.of(0, 1, 2, 3, 4, 5, 0, 1, 2, 3),
      starts: Int32Array.of(0, 6, 10),
      spans: Int32Array.of(1, 2, 4, 6, 7, 9),
    });
  });

  it('deals tokens evenly whatever the lengths', () => {
    let state = 7;
    const lengths = Array.from({ length: 400 }, () => {
      state = (state * 48_271) % 2_147_483_647;
      return 2 + (state % 1_000);
    });
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const batches = formBatches(
      lengths.map((length) => sequence(length, 1, length)),
      16_384,
    );
    expect(batches).toHaveLength(Math.round(total / 16_384));
    const sizes = batches.map(({ batch }) => batch.tokens.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(total);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(50);
  });

  it('gives a sequence beyond the batch size a batch of its own', () => {
    const batches = formBatches([sequence(50, 1, 50), sequence(5, 1, 5), sequence(5, 1, 5)], 30);
    expect(batches.map(({ batch }) => batch.tokens.length)).toEqual([50, 10]);
  });

  it('forms nothing of nothing', () => {
    expect(formBatches([], 10)).toEqual([]);
    expect(formBatches([sequence(4)], 10)).toEqual([]);
  });
});

it('targetCount adds up the spans', () => {
  expect(targetCount(sequence(10, 1, 4, 6, 7))).toBe(4);
  expect(targetCount(sequence(10))).toBe(0);
});
