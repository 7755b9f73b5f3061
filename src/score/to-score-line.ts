import type { ScoreLine } from '../runs/score-line.js';
import type { TurnScores } from './combine.js';
import type { Outcome, PerTokenLosses } from './outcome.js';
import { recipes } from './recipes/index.js';
import type { RecipeName } from './recipes/recipe.js';

/** Enough to tell any two f32 values apart. */
const DIGITS = 9;

/**
 * An outcome as `scores.jsonl` holds it: snake_case, keys in the file's order, numbers to nine significant digits.
 *
 * @param options `form: 'ppl'` adds `ifd_ppl` and `ic_ifd_ppl`; a recipe that reports perplexities adds
 *   `ppl_a_direct`, `ppl_a_condition` and `ifd_ppl`.
 */
export function toScoreLine(
  outcome: Outcome,
  options: { readonly form?: 'loss' | 'ppl'; readonly recipe?: RecipeName } = {},
): ScoreLine {
  const asPpl = options.form === 'ppl';
  const reportsPpl = recipes[options.recipe ?? 'paper'].reportsPpl;
  return {
    index: outcome.index,
    id: outcome.id,
    status: outcome.status,
    reason: outcome.reason,
    loss_q: rounded(outcome.lossQ),
    loss_a_given_q: rounded(outcome.lossAGivenQ),
    loss_a: rounded(outcome.lossA),
    ifd: rounded(outcome.ifd),
    ic_ifd: rounded(outcome.icIfd),
    tokens_q: outcome.tokensQ,
    tokens_a: outcome.tokensA,
    tokens_a_alone: outcome.tokensAAlone,
    tokens_instruction: outcome.tokensInstruction,
    truncated: outcome.truncated,
    hash: outcome.hash,
    tokens: outcome.tokens,
    ...(outcome.turn !== null && { turn: outcome.turn }),
    ...(reportsPpl && { ppl_a_direct: rounded(outcome.pplADirect), ppl_a_condition: rounded(outcome.pplACondition) }),
    ...((asPpl || reportsPpl) && { ifd_ppl: rounded(outcome.ifdPpl) }),
    ...(asPpl && { ic_ifd_ppl: rounded(outcome.icIfdPpl) }),
    ...(outcome.turns.length > 0 && { turns: outcome.turns.map(turnLine) }),
    ...(outcome.perToken !== null && perTokenLines(outcome.perToken)),
  };
}

const turnLine = (turn: TurnScores): NonNullable<ScoreLine['turns']>[number] => ({
  loss_a_given_q: rounded(turn.lossAGivenQ),
  loss_a: rounded(turn.lossA),
  ifd: rounded(turn.ifd),
  tokens_a: turn.tokensA,
  tokens_a_alone: turn.tokensAAlone,
});

const perTokenLines = (losses: PerTokenLosses): Pick<ScoreLine, 'nll_q' | 'nll_a_given_q' | 'nll_a'> => ({
  nll_q: Array.from(losses.q, round),
  nll_a_given_q: Array.from(losses.aGivenQ, round),
  nll_a: Array.from(losses.a, round),
});

const round = (value: number): number => Number(value.toPrecision(DIGITS));

const rounded = (value: number | null): number | null => (value === null ? null : round(value));
