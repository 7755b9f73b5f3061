import { describe, expect, test } from 'vitest';
import { combineLosses } from '../../../src/score/combine.js';
import type { PreparedRow } from '../../../src/score/sequences/prepared-row.js';

const row = (also: Partial<PreparedRow> = {}): PreparedRow => ({
  reason: null,
  detail: '',
  turn: null,
  sequences: [],
  lossQ: Int32Array.of(0, 2),
  lossAGivenQ: Int32Array.of(2, 5),
  lossA: Int32Array.of(5, 7),
  parts: null,
  turns: [],
  tokensInstruction: 3,
  truncated: false,
  ignored: [],
  specialTokensInText: false,
  ...also,
});
const NONE = new Int32Array();
// L(Q) = 2, L(A|Q) = 1, L(A) = 4: numbers that f32 holds exactly.
const LOSSES = Float32Array.of(1, 3, 0.5, 1, 1.5, 3, 5);

describe('combining losses', () => {
  test('means, IFD and IC-IFD by their formulas, in losses and in perplexities', () => {
    expect(combineLosses(row(), LOSSES)).toEqual({
      reason: null,
      detail: '',
      lossQ: 2,
      lossAGivenQ: 1,
      lossA: 4,
      ifd: 1 / 4,
      icIfd: 1 / (2 * 4),
      ifdPpl: expect.closeTo(Math.exp(1) / Math.exp(4), 12),
      icIfdPpl: expect.closeTo(Math.exp(1) / (Math.exp(2) * Math.exp(4)), 12),
      pplADirect: Math.exp(4),
      pplACondition: Math.exp(1),
      tokensQ: 2,
      tokensA: 3,
      tokensAAlone: 2,
      parts: null,
      turns: [],
    });
  });

  test('parts of an answer have means of their own, null where there is none', () => {
    const parts = { reasoning: Int32Array.of(2, 4), text: Int32Array.of(4, 5), calls: NONE };
    expect(combineLosses(row({ parts }), LOSSES).parts).toEqual({
      lossReasoning: 0.75,
      lossText: 1.5,
      lossCalls: null,
      tokensReasoning: 2,
      tokensText: 1,
      tokensCalls: 0,
    });
  });

  test('a loss of several parts is weighted by tokens', () => {
    const parts = row({ lossAGivenQ: Int32Array.of(0, 1, 4, 7) });
    expect(combineLosses(parts, LOSSES).lossAGivenQ).toBe((1 + 1.5 + 3 + 5) / 4);
  });

  test('sums are float64: 100,000 losses of 0.1 average to what one is', () => {
    const many = row({ lossQ: Int32Array.of(0, 100_000) });
    const losses = new Float32Array(100_000).fill(0.1);
    expect(Math.abs(combineLosses(many, losses).lossQ! - Math.fround(0.1))).toBeLessThan(1e-12);
  });

  test('a row with a reason keeps the losses that exist and has no ratio', () => {
    const short = row({ reason: 'instruction_too_short', detail: 'why', lossQ: NONE });
    expect(combineLosses(short, LOSSES)).toMatchObject({
      reason: 'instruction_too_short',
      detail: 'why',
      lossQ: null,
      lossAGivenQ: 1,
      lossA: 4,
      ifd: null,
      icIfd: null,
      ifdPpl: null,
      icIfdPpl: null,
      tokensQ: 0,
    });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('a loss of %d is non_finite and null', (bad) => {
    const losses = LOSSES.slice();
    losses[3] = bad;
    expect(combineLosses(row(), losses)).toMatchObject({
      reason: 'non_finite',
      detail: 'L(A|Q) not finite',
      lossQ: 2,
      lossAGivenQ: null,
      lossA: 4,
      ifd: null,
      icIfd: null,
    });
  });

  test('a loss of zero in a denominator is non_finite, not Infinity', () => {
    const losses = LOSSES.slice().fill(0, 5);
    expect(combineLosses(row(), losses)).toMatchObject({ reason: 'non_finite', lossA: 0, ifd: null, icIfd: null });
  });

  test('turns get their own losses and IFD', () => {
    const turns = [
      { lossAGivenQ: Int32Array.of(2, 3), lossA: Int32Array.of(5, 6) },
      { lossAGivenQ: NONE, lossA: NONE },
    ];
    expect(combineLosses(row({ turns }), LOSSES).turns).toEqual([
      { lossAGivenQ: 0.5, lossA: 3, ifd: 0.5 / 3, tokensA: 1, tokensAAlone: 1 },
      { lossAGivenQ: null, lossA: null, ifd: null, tokensA: 0, tokensAAlone: 0 },
    ]);
  });
});
