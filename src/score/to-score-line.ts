import type { ScoreLine } from '../runs/score-line.js';
import type { TurnScores } from './combine.js';
import type { Outcome, PerTokenLosses } from './outcome.js';
import { recipes } from './recipes/index.js';
import type { RecipeName } from './recipes/recipe.js';

/** Enough to tell any two f32 values apart. */
const DIGITS = 9;

/**
 * An outcome as a line of `scores.jsonl`: fields in the file's order, numbers to nine significant digits.
 *
 * @param options `form: 'ppl'` adds `ifdPpl` and `icIfdPpl`; a recipe that reports perplexities adds `pplADirect`,
 *   `pplACondition` and `ifdPpl`.
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
    lossQ: rounded(outcome.lossQ),
    lossAGivenQ: rounded(outcome.lossAGivenQ),
    lossA: rounded(outcome.lossA),
    ifd: rounded(outcome.ifd),
    icIfd: rounded(outcome.icIfd),
    tokensQ: outcome.tokensQ,
    tokensA: outcome.tokensA,
    tokensAAlone: outcome.tokensAAlone,
    tokensInstruction: outcome.tokensInstruction,
    truncated: outcome.truncated,
    hash: outcome.hash,
    tokens: outcome.tokens,
    ...(outcome.turn !== null && { turn: outcome.turn }),
    ...(reportsPpl && { pplADirect: rounded(outcome.pplADirect), pplACondition: rounded(outcome.pplACondition) }),
    ...((asPpl || reportsPpl) && { ifdPpl: rounded(outcome.ifdPpl) }),
    ...(asPpl && { icIfdPpl: rounded(outcome.icIfdPpl) }),
    ...(outcome.parts !== null && partsLine(outcome.parts)),
    ...(outcome.ignored.length > 0 && { ignored: outcome.ignored }),
    ...(outcome.specialTokensInText && { specialTokensInText: true }),
    ...(outcome.format !== null && { format: outcome.format }),
    ...(outcome.turns.length > 0 && { turns: outcome.turns.map(turnLine) }),
    ...(outcome.perToken !== null && perTokenLines(outcome.perToken)),
  };
}

const partsLine = ({ reasoning, ...parts }: NonNullable<Outcome['parts']>): Partial<ScoreLine> => ({
  reasoning,
  lossReasoning: rounded(parts.lossReasoning),
  lossText: rounded(parts.lossText),
  lossCalls: rounded(parts.lossCalls),
  tokensReasoning: parts.tokensReasoning,
  tokensText: parts.tokensText,
  tokensCalls: parts.tokensCalls,
});

const turnLine = (turn: TurnScores): NonNullable<ScoreLine['turns']>[number] => ({
  lossAGivenQ: rounded(turn.lossAGivenQ),
  lossA: rounded(turn.lossA),
  ifd: rounded(turn.ifd),
  tokensA: turn.tokensA,
  tokensAAlone: turn.tokensAAlone,
});

const perTokenLines = (losses: PerTokenLosses): Pick<ScoreLine, 'nllQ' | 'nllAGivenQ' | 'nllA'> => ({
  nllQ: Array.from(losses.q, round),
  nllAGivenQ: Array.from(losses.aGivenQ, round),
  nllA: Array.from(losses.a, round),
});

const round = (value: number): number => Number(value.toPrecision(DIGITS));

const rounded = (value: number | null): number | null => (value === null ? null : round(value));
