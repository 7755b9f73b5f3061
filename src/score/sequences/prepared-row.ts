import type { ReasonCode } from '../../rows/example.js';
import type { PartName } from '../../rows/message-parts.js';

/** A token sequence of a row, and the positions of it that are scored. */
export interface ScoredSequence {
  readonly ids: Int32Array;
  /** Pairs [from, to) of positions in `ids`: ascending, disjoint, from >= 1. */
  readonly spans: Int32Array;
}

/**
 * A loss as the parts it is averaged over: pairs [from, to) into the row's losses, which are those of its sequences
 * end to end, in span order. Empty where the loss does not exist.
 */
export type LossParts = Int32Array;

/**
 * What a recipe makes of a row: token sequences, and which of their losses are averaged into which loss.
 * A row with a `reason` is unscored; it may still have sequences, for the losses that do exist.
 */
export interface PreparedRow {
  readonly reason: ReasonCode | null;
  /** One sentence for the log where there is a reason, else empty. */
  readonly detail: string;
  /** The assistant turn that this is about (from 0), or null where it is about the whole row. */
  readonly turn: number | null;
  readonly sequences: readonly ScoredSequence[];
  readonly lossQ: LossParts;
  readonly lossAGivenQ: LossParts;
  readonly lossA: LossParts;
  /** The parts of the answer given the question; null in a row that has neither reasoning nor tool calls. */
  readonly parts: Readonly<Record<PartName, LossParts>> | null;
  /** Losses by assistant turn, for rows of several turns scored whole; else empty. */
  readonly turns: readonly { readonly lossAGivenQ: LossParts; readonly lossA: LossParts }[];
  /** Tokens of the instruction alone, as the recipe's boundary counts them. */
  readonly tokensInstruction: number;
  readonly truncated: boolean;
  /** What the row has and the recipe takes no notice of. */
  readonly ignored: readonly Ignorable[];
  /** Special tokens are written in the row's own text. */
  readonly specialTokensInText: boolean;
}

/** What the recipe takes no notice of in a row that has it. */
export const IGNORABLE = ['system', 'tools'] as const;
export type Ignorable = (typeof IGNORABLE)[number];
