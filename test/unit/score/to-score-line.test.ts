import { expect, it } from 'vitest';
import { scoreText } from '../../../src/runs/score-file.js';
import type { ScoredOutcome } from '../../../src/score/outcome.js';
import { toScoreLine } from '../../../src/score/to-score-line.js';

const outcome: ScoredOutcome = {
  index: 3,
  id: null,
  hash: '9f',
  turn: null,
  status: 'scored',
  reason: null,
  detail: '',
  lossQ: 3.2371,
  lossAGivenQ: 2.0998,
  lossA: 2.9381,
  ifd: 2.0998 / 2.9381,
  icIfd: 2.0998 / (3.2371 * 2.9381),
  ifdPpl: 0.43238,
  icIfdPpl: 0.016982,
  pplADirect: 18.8798,
  pplACondition: 8.1645,
  tokensQ: 65,
  tokensA: 64,
  tokensAAlone: 62,
  tokensInstruction: 66,
  tokens: 195,
  truncated: false,
  parts: null,
  ignored: [],
  specialTokensInText: false,
  format: null,
  turns: [],
  perToken: null,
};

it('is the line that the file format documents, key by key', () => {
  expect(scoreText(toScoreLine(outcome))).toBe(
    '{"index":3,"id":null,"status":"scored","reason":null,"loss_q":3.2371,"loss_a_given_q":2.0998,"loss_a":2.9381,' +
      '"ifd":0.714679555,"ic_ifd":0.220777719,"tokens_q":65,"tokens_a":64,"tokens_a_alone":62,' +
      '"tokens_instruction":66,"truncated":false,"hash":"9f","tokens":195}\n',
  );
});

it('adds what form, recipe, turns and per-token losses ask for', () => {
  const written = (...given: Parameters<typeof toScoreLine>): unknown => JSON.parse(scoreText(toScoreLine(...given)));
  expect(written(outcome, { form: 'ppl' })).toMatchObject({ ifd_ppl: 0.43238, ic_ifd_ppl: 0.016982 });
  expect(written(outcome, { recipe: 'superfiltering' })).toMatchObject({
    ppl_a_direct: 18.8798,
    ppl_a_condition: 8.1645,
    ifd_ppl: 0.43238,
  });
  const turn = { lossAGivenQ: 1, lossA: 2, ifd: 0.5, tokensA: 3, tokensAAlone: 2 };
  const perToken = { q: Float32Array.of(0.1), aGivenQ: Float32Array.of(1, 2), a: new Float32Array(0) };
  expect(written({ ...outcome, turn: 2, turns: [turn], perToken })).toMatchObject({
    turn: 2,
    turns: [{ loss_a_given_q: 1, loss_a: 2, ifd: 0.5, tokens_a: 3, tokens_a_alone: 2 }],
    nll_q: [0.100000001],
    nll_a_given_q: [1, 2],
    nll_a: [],
  });
  const parts = {
    reasoning: 'exclude' as const,
    lossReasoning: 0.5,
    lossText: 2,
    lossCalls: null,
    tokensReasoning: 4,
    tokensText: 3,
    tokensCalls: 0,
  };
  const rich = { ...outcome, parts, ignored: ['tools'] as const, specialTokensInText: true, format: 'alpaca' as const };
  expect(written(rich)).toMatchObject({
    reasoning: 'exclude',
    loss_reasoning: 0.5,
    loss_text: 2,
    loss_calls: null,
    tokens_reasoning: 4,
    tokens_text: 3,
    tokens_calls: 0,
    ignored: ['tools'],
    special_tokens_in_text: true,
    format: 'alpaca',
  });
});
