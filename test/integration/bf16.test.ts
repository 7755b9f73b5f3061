import { beforeAll, expect, it, type TestContext } from 'vitest';
import { loadAddon } from '../../src/engine/native/load-addon.js';
import { loadNativeEngine } from '../../src/engine/native/native-engine.js';
import { loadTokenizer } from '../../src/text/tokenizer.js';
import { exampleOf, type PaperGolden } from '../support/published-goldens.js';
import { readGoldens, scoreExamples } from '../support/scored-rows.js';
import { describeWithSmollm2, SMOLLM2 } from '../support/smollm2.js';

/** The three losses of each row. */
type Losses = readonly (readonly [number, number, number])[];

const lossesOf = (rows: readonly PaperGolden[]): Losses =>
  rows.map((row) => [row.loss_q ?? NaN, row.loss_a_given_q ?? NaN, row.loss_a ?? NaN]);

const icIfd = ([q, aGivenQ, a]: readonly [number, number, number]): number => aGivenQ / (q * a);
const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
const meanDifference = (a: Losses, b: Losses): number =>
  mean(a.flatMap((row, i) => row.map((loss, j) => Math.abs(loss - b[i]![j]!))));

/** Spearman's rank correlation of values without ties. */
function spearman(a: readonly number[], b: readonly number[]): number {
  const ranks = (values: readonly number[]): number[] => {
    const order = values.map((_, i) => i).toSorted((i, j) => values[i]! - values[j]!);
    const rank: number[] = [];
    order.forEach((i, r) => (rank[i] = r));
    return rank;
  };
  const [ra, rb] = [ranks(a), ranks(b)];
  const d2 = ra.reduce((sum, r, i) => sum + (r - rb[i]!) ** 2, 0);
  return 1 - (6 * d2) / (a.length * (a.length ** 2 - 1));
}

describeWithSmollm2('bf16 on a real model of 135M parameters', () => {
  const goldens = readGoldens<PaperGolden>('published', 'evolution-analysis.gsm8k-100.jsonl');
  const published = lossesOf(readGoldens<PaperGolden>('published', 'evolution-analysis.gsm8k-100.bf16.jsonl'));
  const reference = lossesOf(goldens);
  let ours: Losses | null = null;

  beforeAll(async () => {
    if (!loadAddon().cpu().isa.includes('avx512_bf16')) return;
    await using engine = await loadNativeEngine(SMOLLM2, { dtype: 'bf16' });
    const scored = await scoreExamples(goldens.map(exampleOf), engine, await loadTokenizer(SMOLLM2), {});
    ours = scored.map(({ scores }) => [scores.lossQ ?? NaN, scores.lossAGivenQ ?? NaN, scores.lossA ?? NaN]);
  });

  const needed = (context: TestContext): Losses => ours ?? context.skip('this CPU has no AVX512_BF16');

  it("is no further from f32 than the published script's own bf16", (context) => {
    expect(meanDifference(needed(context), reference)).toBeLessThanOrEqual(meanDifference(published, reference));
  });

  it('has corpus mean losses within 2e-3 of f32', (context) => {
    const rows = needed(context);
    for (const j of [0, 1, 2] as const) {
      const difference = mean(rows.map((row) => row[j])) - mean(reference.map((row) => row[j]));
      expect(Math.abs(difference)).toBeLessThanOrEqual(2e-3);
    }
  });

  it('ranks the rows as f32 does: Spearman of at least 0.995', (context) => {
    expect(spearman(needed(context).map(icIfd), reference.map(icIfd))).toBeGreaterThanOrEqual(0.995);
  });
});
