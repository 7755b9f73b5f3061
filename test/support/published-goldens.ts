import { expect } from 'vitest';
import type { Exchange } from '../../src/rows/example.js';
import type { ScoredRow } from './scored-rows.js';

/** Ours against the published scripts' losses, both f32: nats. */
export const LOSS_TOLERANCE = 2e-4;

export interface GoldenRow {
  readonly instruction: string;
  readonly input: string;
  readonly output: string;
}

/** Rows of `evolution-analysis.*`: null where the script's loss is NaN. */
export interface PaperGolden extends GoldenRow {
  readonly loss_q: number | null;
  readonly loss_a_given_q: number | null;
  readonly loss_a: number | null;
  readonly ifd: number | null;
  readonly ic_ifd: number | null;
}

export const exampleOf = ({ instruction, input, output }: GoldenRow): Exchange => ({
  kind: 'exchange',
  instruction,
  input,
  response: output,
  system: '',
  history: [],
});

/** A loss of ours against the script's; both or neither exist. */
export function expectLoss(actual: number | null, golden: number | null, what: string): void {
  if (golden === null) expect(actual, what).toBeNull();
  else expect(Math.abs((actual ?? Number.NaN) - golden), what).toBeLessThanOrEqual(LOSS_TOLERANCE);
}

/**
 * A ratio of ours against the script's: it may be off by as much as its losses may, each taken relative to itself, to
 * first order.
 */
export function expectRatio(actual: number | null, golden: number, losses: readonly number[], what: string): void {
  const relative = losses.reduce((sum, loss) => sum + LOSS_TOLERANCE / loss, 0);
  expect(Math.abs((actual ?? Number.NaN) - golden), what).toBeLessThanOrEqual(Math.abs(golden) * relative);
}

/**
 * The recipe `paper` against the published analysis. A row is scored where the script has all three losses.
 *
 * @param tooLong Rows beyond the model's context, which the script feeds to the model all the same.
 */
export function expectPaper(
  goldens: readonly PaperGolden[],
  scored: readonly ScoredRow[],
  tooLong: readonly number[] = [],
): void {
  expect(scored).toHaveLength(goldens.length);
  for (const [i, golden] of goldens.entries()) {
    const { scores } = scored[i]!;
    const name = `row ${i}, ${JSON.stringify(golden.instruction.slice(0, 40))}`;
    if (tooLong.includes(i)) {
      expect(scores, name).toMatchObject({ reason: 'too_long', lossQ: null, lossAGivenQ: null, lossA: null });
      continue;
    }
    const { loss_q, loss_a_given_q, loss_a } = golden;
    expectLoss(scores.lossQ, loss_q, `L(Q) of ${name}`);
    expectLoss(scores.lossAGivenQ, loss_a_given_q, `L(A|Q) of ${name}`);
    expectLoss(scores.lossA, loss_a, `L(A) of ${name}`);
    if (loss_q === null || loss_a_given_q === null || loss_a === null) {
      expect(scores, name).toMatchObject({ ifd: null, icIfd: null });
      expect(scores.reason, name).toBe(loss_q === null ? 'instruction_too_short' : 'response_too_short');
      continue;
    }
    expect(scores.reason, name).toBeNull();
    expectRatio(scores.ifd, golden.ifd!, [loss_a_given_q, loss_a], `IFD of ${name}`);
    expectRatio(scores.icIfd, golden.ic_ifd!, [loss_q, loss_a_given_q, loss_a], `IC-IFD of ${name}`);
  }
}
