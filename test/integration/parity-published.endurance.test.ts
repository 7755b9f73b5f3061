import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { loadEngine } from '../../src/engine/load-engine.js';
import { loadTokenizer, type Tokenizer } from '../../src/text/tokenizer.js';
import {
  exampleOf,
  expectLoss,
  expectPaper,
  expectRatio,
  LOSS_TOLERANCE,
  type GoldenRow,
  type PaperGolden,
} from '../support/published-goldens.js';
import { atLength } from '../support/endurance.js';
import { readGoldens, scoreExamples } from '../support/scored-rows.js';
import { describeWithSmollm2, SMOLLM2 } from '../support/smollm2.js';

interface SuperfilteringGolden extends GoldenRow {
  readonly ppl_a_direct: number | null;
  readonly ppl_a_condition: number | null;
  readonly loss_a: number | null;
  readonly loss_a_given_q: number | null;
  readonly ifd_ppl: number | null;
  readonly note?: string;
}

interface CherryGolden extends GoldenRow {
  readonly ppl_a_direct: number;
  readonly ppl_a_condition: number | null;
  readonly loss_a: number;
  readonly loss_a_given_q: number | null;
  readonly token_loss_condition: readonly number[];
  readonly token_loss_direct: readonly number[];
}

/** A perplexity is as far off as its loss: exp(L + d) = exp(L) exp(d). */
function expectPpl(actual: number | null, golden: number, what: string, tolerance = LOSS_TOLERANCE): void {
  expect(Math.abs(Math.log((actual ?? Number.NaN) / golden)), what).toBeLessThanOrEqual(tolerance);
}

/** Each third row of the sets of edge cases and each twentieth of the others; at length every one. */
const rowsOf = <Row>(script: string, set: string): Row[] => {
  const step = atLength(set.startsWith('edge') ? 3 : 20, 1);
  return readGoldens<Row>('published', `${script}.${set}.jsonl`).filter((_, i) => i % step === 0);
};

const nameOf = (row: GoldenRow, i: number): string => `row ${i}, ${JSON.stringify(row.instruction.slice(0, 40))}`;

describeWithSmollm2('a real model of 135M parameters scores as the published scripts do', () => {
  let engine: Engine;
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    [engine, tokenizer] = await Promise.all([
      loadEngine(SMOLLM2, { engine: 'native', dtype: 'f32' }),
      loadTokenizer(SMOLLM2),
    ]);
  });
  afterAll(() => engine.close());

  const minutes = { timeout: 1_800_000 };

  test.for(['edge-20', 'gsm8k-100', 'alpaca-200'])('paper: %s', minutes, async (set) => {
    const goldens = rowsOf<PaperGolden>('evolution-analysis', set);
    expectPaper(goldens, await scoreExamples(goldens.map(exampleOf), engine, tokenizer, {}));
  });

  test.for(['edge-22', 'alpaca-100'])('superfiltering: %s', minutes, async (set) => {
    const goldens = rowsOf<SuperfilteringGolden>('superfiltering', set);
    const scored = await scoreExamples(goldens.map(exampleOf), engine, tokenizer, { recipe: 'superfiltering' });
    for (const [i, golden] of goldens.entries()) {
      const { scores } = scored[i]!;
      const name = nameOf(golden, i);
      const { loss_a, loss_a_given_q, ppl_a_direct, ppl_a_condition } = golden;
      if (loss_a === null || loss_a_given_q === null) {
        // The script has nothing to say of such a row; we say why, and keep what L(A|Q) there is.
        expect(scores, name).toMatchObject({ lossA: null, ifd: null, ifdPpl: null, pplADirect: null });
        expect(scores.reason, name).toMatch(/^(response_too_short|empty_response|too_long)$/);
        continue;
      }
      expect(scores.reason, name).toBeNull();
      expectLoss(scores.lossA, loss_a, `L(A) of ${name}`);
      expectLoss(scores.lossAGivenQ, loss_a_given_q, `L(A|Q) of ${name}`);
      expectPpl(scores.pplADirect, ppl_a_direct!, `ppl_A_direct of ${name}`);
      expectPpl(scores.pplACondition, ppl_a_condition!, `ppl_A_condition of ${name}`);
      expectPpl(scores.ifdPpl, golden.ifd_ppl!, `ifd_ppl of ${name}`, 2 * LOSS_TOLERANCE);
    }
  });

  test.for(['edge-20', 'alpaca-100'])('cherry, token by token: %s', minutes, async (set) => {
    const goldens = rowsOf<CherryGolden>('cherry', set);
    const scored = await scoreExamples(goldens.map(exampleOf), engine, tokenizer, { recipe: 'cherry' });
    // Row 88's token 247 hangs on f32 rounding more than the other 34,635: in float64 it is 6.531123, the script has
    // 6.531056, transformers in f32 6.531174, our matmul on AMX 6.531236, oneDNN's 6.531367. The next is 6.4e-5 away.
    const tolerance = engine.info.implementation.includes('oneDNN') ? 2 * LOSS_TOLERANCE : LOSS_TOLERANCE;
    for (const [i, golden] of goldens.entries()) {
      const { scores, losses } = scored[i]!;
      const name = nameOf(golden, i);
      expectLoss(scores.lossA, golden.loss_a, `L(A) of ${name}`);
      expectLoss(scores.lossAGivenQ, golden.loss_a_given_q, `L(A|Q) of ${name}`);
      expectPpl(scores.pplADirect, golden.ppl_a_direct, `ppl of A alone, ${name}`);
      if (golden.ppl_a_condition === null || golden.loss_a_given_q === null) {
        expect(scores, name).toMatchObject({ reason: 'too_long', ifd: null, pplACondition: null });
      } else {
        expect(scores.reason, name).toBeNull();
        expectPpl(scores.pplACondition, golden.ppl_a_condition, `ppl of A given Q, ${name}`);
        const { loss_a, loss_a_given_q } = golden;
        expectRatio(scores.ifd, loss_a_given_q / loss_a, [loss_a_given_q, loss_a], `IFD of ${name}`);
      }
      // The script lists every token's loss; ours are those of the prompt and answer, then of the answer alone.
      const condition = golden.token_loss_condition;
      const direct = golden.token_loss_direct.slice(-scores.tokensAAlone);
      expect(scores.tokensQ + scores.tokensA, name).toBe(condition.length);
      expect(losses, name).toHaveLength(condition.length + direct.length);
      for (const [at, loss] of [...condition, ...direct].entries()) {
        expect(Math.abs(losses[at]! - loss), `loss of token ${at}, ${name}`).toBeLessThanOrEqual(tolerance);
      }
    }
  });
});
