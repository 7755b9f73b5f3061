import { describe, expect, it } from 'vitest';
import { packChunk, unpackChunk } from '../../../src/score/prepared-chunk.js';
import type { PreparedRow } from '../../../src/score/sequences/prepared-row.js';

const ints = (...values: number[]): Int32Array => Int32Array.from(values);

const scored: PreparedRow = {
  reason: null,
  detail: '',
  turn: null,
  sequences: [
    { ids: ints(5, 6, 7, 8), spans: ints(1, 4) },
    { ids: ints(7, 8), spans: ints(1, 2) },
  ],
  lossQ: ints(0, 1),
  lossAGivenQ: ints(1, 3),
  lossA: ints(3, 4),
  parts: null,
  turns: [],
  tokensInstruction: 2,
  truncated: false,
  ignored: [],
  specialTokensInText: false,
};

const unscored: PreparedRow = {
  ...scored,
  reason: 'response_too_short',
  detail: 'The response is one token.',
  turn: 1,
  sequences: [{ ids: ints(5, 6), spans: ints() }],
  lossA: ints(),
  parts: { reasoning: ints(0, 1), text: ints(), calls: ints(1, 2, 4, 5) },
  ignored: ['tools'],
  specialTokensInText: true,
  turns: [{ lossAGivenQ: ints(0, 2, 4, 5), lossA: ints() }],
  truncated: true,
};

describe('a prepared chunk', () => {
  it('gives back what was packed, row by row', () => {
    const rows = [[scored], [unscored, scored], [], [{ ...unscored, reason: 'too_long' as const, detail: 'Long.' }]];
    expect(unpackChunk(packChunk(rows))).toEqual(rows);
  });

  it('survives the way between threads', () => {
    const chunk = packChunk([[unscored]]);
    const sent = structuredClone(chunk, { transfer: [chunk.tokens.buffer, chunk.layout.buffer] });
    expect(chunk.tokens.length).toBe(0);
    expect(unpackChunk(sent)).toEqual([[unscored]]);
  });

  it('refuses a layout that ends early', () => {
    const chunk = packChunk([[scored]]);
    expect(() => unpackChunk({ ...chunk, layout: chunk.layout.slice(0, -1) })).toThrow(RangeError);
  });
});
