import type { ReasonCode } from '../rows/example.js';
import type { LossParts, PreparedRow } from './sequences/prepared-row.js';

/** Losses of one assistant turn, in nats per token. */
export interface TurnScores {
  readonly lossAGivenQ: number | null;
  readonly lossA: number | null;
  /** L(A|Q) / L(A) of the turn. */
  readonly ifd: number | null;
  readonly tokensA: number;
  readonly tokensAAlone: number;
}

/** Losses of the parts of an answer, given the question; only where it has reasoning or tool calls. */
export interface PartScores {
  readonly lossReasoning: number | null;
  readonly lossText: number | null;
  readonly lossCalls: number | null;
  readonly tokensReasoning: number;
  readonly tokensText: number;
  readonly tokensCalls: number;
}

/** A row's losses and scores. Losses are means of negative log-likelihoods in nats; null where one does not exist. */
export interface RowScores {
  readonly reason: ReasonCode | null;
  readonly detail: string;
  readonly lossQ: number | null;
  readonly lossAGivenQ: number | null;
  readonly lossA: number | null;
  /** The ratios; null in a row that has a reason. */
  readonly ifd: number | null;
  readonly icIfd: number | null;
  readonly ifdPpl: number | null;
  readonly icIfdPpl: number | null;
  /** exp(L(A)) and exp(L(A|Q)). */
  readonly pplADirect: number | null;
  readonly pplACondition: number | null;
  /** Targets averaged in L(Q), L(A|Q) and L(A). */
  readonly tokensQ: number;
  readonly tokensA: number;
  readonly tokensAAlone: number;
  readonly parts: PartScores | null;
  readonly turns: readonly TurnScores[];
}

/**
 * Combines a row's losses, in float64:
 *
 *     IFD    = L(A|Q) / L(A)            Li et al. 2024, arXiv 2308.12032, eq. 4
 *     IC-IFD = L(A|Q) / (L(Q) L(A))     Hui et al. 2024, arXiv 2412.11231, section 5
 *
 * and the same with each L replaced by exp(L) (Superfiltering, arXiv 2402.00530, eq. 3). A loss or ratio that is not
 * finite becomes null, and the row gets the reason `non_finite` unless it has one.
 *
 * @param losses One value per scored position of the row's sequences, end to end, in span order.
 */
export function combineLosses(row: PreparedRow, losses: Float32Array): RowScores {
  const meanOf = (parts: LossParts): number | null => meanOver(losses, parts);
  const means = { q: meanOf(row.lossQ), aGivenQ: meanOf(row.lossAGivenQ), a: meanOf(row.lossA) };
  const ratios = ratiosOf(means.q, means.aGivenQ, means.a);
  const unsound = [...Object.values(means), ...Object.values(ratios)].some(
    (value) => value !== null && !Number.isFinite(value),
  );
  const reason = row.reason ?? (unsound ? 'non_finite' : null);
  const ratio = (value: number | null): number | null => (reason === null ? finite(value) : null);
  return {
    reason,
    detail: row.reason === null && unsound ? nonFinite(means) : row.detail,
    lossQ: finite(means.q),
    lossAGivenQ: finite(means.aGivenQ),
    lossA: finite(means.a),
    ifd: ratio(ratios.ifd),
    icIfd: ratio(ratios.icIfd),
    ifdPpl: ratio(ratios.ifdPpl),
    icIfdPpl: ratio(ratios.icIfdPpl),
    pplADirect: finite(expOf(means.a)),
    pplACondition: finite(expOf(means.aGivenQ)),
    tokensQ: countOf(row.lossQ),
    tokensA: countOf(row.lossAGivenQ),
    tokensAAlone: countOf(row.lossA),
    parts: row.parts && {
      lossReasoning: finite(meanOf(row.parts.reasoning)),
      lossText: finite(meanOf(row.parts.text)),
      lossCalls: finite(meanOf(row.parts.calls)),
      tokensReasoning: countOf(row.parts.reasoning),
      tokensText: countOf(row.parts.text),
      tokensCalls: countOf(row.parts.calls),
    },
    turns: row.turns.map((turn) => {
      const lossAGivenQ = finite(meanOf(turn.lossAGivenQ));
      const lossA = finite(meanOf(turn.lossA));
      const ifd = finite(ratiosOf(null, lossAGivenQ, lossA).ifd);
      return { lossAGivenQ, lossA, ifd, tokensA: countOf(turn.lossAGivenQ), tokensAAlone: countOf(turn.lossA) };
    }),
  };
}

function meanOver(losses: Float32Array, parts: LossParts): number | null {
  let sum = 0;
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const to = parts[i + 1] ?? 0;
    for (let at = parts[i] ?? 0; at < to; at++) sum += losses[at] ?? Number.NaN;
  }
  const count = countOf(parts);
  return count === 0 ? null : sum / count;
}

function countOf(parts: LossParts): number {
  let count = 0;
  for (let i = 0; i + 1 < parts.length; i += 2) count += (parts[i + 1] ?? 0) - (parts[i] ?? 0);
  return count;
}

interface Ratios {
  readonly ifd: number | null;
  readonly icIfd: number | null;
  readonly ifdPpl: number | null;
  readonly icIfdPpl: number | null;
}

/** Quotients of perplexities are taken as differences of losses: exp(L) itself overflows sooner. */
function ratiosOf(q: number | null, aGivenQ: number | null, a: number | null): Ratios {
  if (aGivenQ === null || a === null) return { ifd: null, icIfd: null, ifdPpl: null, icIfdPpl: null };
  return {
    ifd: aGivenQ / a,
    icIfd: q === null ? null : aGivenQ / (q * a),
    ifdPpl: Math.exp(aGivenQ - a),
    icIfdPpl: q === null ? null : Math.exp(aGivenQ - q - a),
  };
}

const expOf = (loss: number | null): number | null => (loss === null ? null : Math.exp(loss));

const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);

function nonFinite(means: {
  readonly q: number | null;
  readonly aGivenQ: number | null;
  readonly a: number | null;
}): string {
  const names = [
    ['L(Q)', means.q],
    ['L(A|Q)', means.aGivenQ],
    ['L(A)', means.a],
  ] as const;
  const bad = names.filter(([, value]) => value !== null && !Number.isFinite(value)).map(([name]) => name);
  return bad.length > 0 ? `${bad.join(', ')} not finite` : 'a loss of zero leaves the ratios undefined';
}
