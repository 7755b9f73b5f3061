import type { ReasonCode } from '../../rows/example.js';
import type { LossParts, PreparedRow, ScoredSequence } from './prepared-row.js';

/** Positions [from, to) of a sequence, or of a row's losses; empty where to <= from. */
export type Range = readonly [from: number, to: number];

/** Why a row has no score: the reason's code, and a sentence for the log. */
export type Problem = readonly [reason: ReasonCode, detail: string];

/** What is known of a row apart from its sequences. */
const UNKNOWN = { reason: null, detail: '', ignored: [], specialTokensInText: false } as const;

/** Collects a row's sequences and tells where in the row's losses each span of them comes to stand. */
export class RowBuilder {
  readonly #sequences: ScoredSequence[] = [];
  #losses = 0;

  /**
   * Adds a sequence with its spans, which are ascending and disjoint. Positions outside it, and its first one, are
   * left out; a sequence of which nothing is scored is not added.
   *
   * @returns For each span, the losses that it becomes.
   */
  add(ids: Int32Array, spans: readonly Range[]): Range[] {
    const scored: number[] = [];
    const losses = spans.map(([from, to]): Range => {
      const first = Math.max(from, 1);
      const count = Math.max(Math.min(to, ids.length) - first, 0);
      if (count > 0) scored.push(first, first + count);
      this.#losses += count;
      return [this.#losses - count, this.#losses];
    });
    if (scored.length > 0) this.#sequences.push({ ids, spans: Int32Array.from(scored) });
    return losses;
  }

  /** The row of these sequences. @param problem Why it has no score. */
  finish(problem: Problem | null, row: Omit<PreparedRow, keyof typeof UNKNOWN | 'sequences'>): PreparedRow {
    const [reason, detail] = problem ?? [null, ''];
    return { ...UNKNOWN, reason, detail, sequences: this.#sequences, ...row };
  }
}

/** Ranges as loss parts, without the empty ones. */
export const partsOf = (...ranges: readonly (Range | undefined)[]): LossParts =>
  Int32Array.from(ranges.flatMap((range) => (range !== undefined && range[1] > range[0] ? range : [])));

/** Why a text that was not tokenised has no score. */
export const tooManyCharacters = (text: string, limit: number): string =>
  `${text.length} characters, more than ${limit} tokens can stand for; the limit is ${limit} tokens`;

/** A row without a score and without losses. */
export function unscored(
  reason: ReasonCode,
  detail: string,
  also: { readonly turn?: number | null; readonly tokensInstruction?: number } = {},
): PreparedRow {
  return {
    ...UNKNOWN,
    reason,
    detail,
    turn: also.turn ?? null,
    sequences: [],
    lossQ: new Int32Array(),
    lossAGivenQ: new Int32Array(),
    lossA: new Int32Array(),
    parts: null,
    turns: [],
    tokensInstruction: also.tokensInstruction ?? 0,
    truncated: false,
  };
}
