import { combineLosses } from './combine.js';
import { concatenate } from './concatenate.js';
import type { Outcome, PerTokenLosses } from './outcome.js';
import type { PreparedItem } from './prepare-chunk.js';
import type { ScoreSettings } from './score-options.js';
import type { LossParts, PreparedRow } from './sequences/prepared-row.js';

/**
 * What became of a row.
 *
 * @param nll The losses of the row's sequences, end to end, in span order.
 */
export function toOutcome(
  item: PreparedItem,
  nll: Float32Array,
  { perToken, reasoning }: { readonly perToken: boolean; readonly reasoning: ScoreSettings['reasoning'] },
): Outcome {
  const { index, id, hash, format, prepared } = item;
  const { reason, detail, parts, ...scores } = combineLosses(prepared, nll);
  const fields = {
    ...scores,
    parts: parts && { ...parts, reasoning },
    ignored: prepared.ignored,
    specialTokensInText: prepared.specialTokensInText,
    format,
    index,
    id,
    turn: prepared.turn,
    tokensInstruction: prepared.tokensInstruction,
    tokens: prepared.sequences.reduce((sum, { ids }) => sum + ids.length, 0),
    truncated: prepared.truncated,
    perToken: perToken ? perTokenLosses(prepared, nll) : null,
  };
  const { lossQ, lossAGivenQ, lossA, ifd, icIfd, ifdPpl, icIfdPpl } = scores;
  const unscored = {
    ...fields,
    hash,
    status: 'unscored',
    ifd: null,
    icIfd: null,
    ifdPpl: null,
    icIfdPpl: null,
  } as const;
  if (reason !== null) return { ...unscored, reason, detail };
  if (
    hash === null ||
    lossQ === null ||
    lossAGivenQ === null ||
    lossA === null ||
    ifd === null ||
    icIfd === null ||
    ifdPpl === null ||
    icIfdPpl === null
  ) {
    return { ...unscored, reason: 'non_finite', detail: 'a loss or ratio does not exist' };
  }
  const ratios = { ifd, icIfd, ifdPpl, icIfdPpl };
  return { ...fields, ...ratios, hash, lossQ, lossAGivenQ, lossA, status: 'scored', reason: null, detail: '' };
}

const perTokenLosses = (row: PreparedRow, nll: Float32Array): PerTokenLosses => ({
  q: pick(nll, row.lossQ),
  aGivenQ: pick(nll, row.lossAGivenQ),
  a: pick(nll, row.lossA),
});

function pick(nll: Float32Array, parts: LossParts): Float32Array {
  const ranges: Float32Array[] = [];
  for (let pair = 0; pair < parts.length; pair += 2) ranges.push(nll.subarray(parts[pair], parts[pair + 1]));
  return concatenate(ranges);
}
