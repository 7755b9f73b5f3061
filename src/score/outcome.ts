import type { ReasonCode } from '../rows/example.js';
import type { RowFormat } from '../rows/row-layout.js';
import type { PartScores, TurnScores } from './combine.js';
import type { ScoreSettings } from './score-options.js';
import type { Ignorable } from './sequences/prepared-row.js';

/** Token losses in nats, in target order: what each mean was taken over. */
export interface PerTokenLosses {
  readonly q: Float32Array;
  readonly aGivenQ: Float32Array;
  readonly a: Float32Array;
}

/** What an outcome says whether or not the row has a score. */
interface OutcomeFields {
  /** Position of the row in the input, from 0. */
  readonly index: number;
  /** The row's own id, where it has one. */
  readonly id: string | number | null;
  /** Hash of the row's content; null where the row could not be read. */
  readonly hash: string | null;
  /** The assistant turn that this is about (from 0) under `turns: 'each'` and `'last'`, else null. */
  readonly turn: number | null;
  /** Targets averaged in L(Q), L(A|Q) and L(A). */
  readonly tokensQ: number;
  readonly tokensA: number;
  readonly tokensAAlone: number;
  /** Tokens of the instruction alone. */
  readonly tokensInstruction: number;
  /** Tokens that the engine read for this outcome. */
  readonly tokens: number;
  /** The row was scored on a cut text. */
  readonly truncated: boolean;
  /**
   * The parts of the answer, given the question, and which of them count (`reasoning`); null in a row that has neither
   * reasoning nor tool calls.
   */
  readonly parts: (PartScores & { readonly reasoning: ScoreSettings['reasoning'] }) | null;
  /** What the row has and the recipe takes no notice of. */
  readonly ignored: readonly Ignorable[];
  /** Special tokens are written in the row's own text. */
  readonly specialTokensInText: boolean;
  /** The format of a row of a file whose other rows have another one; else null. */
  readonly format: RowFormat | null;
  /** By assistant turn, for conversations scored whole; else empty. */
  readonly turns: readonly TurnScores[];
  /** Only with `perToken`. */
  readonly perToken: PerTokenLosses | null;
}

/** A row with a score. Losses are mean negative log-likelihoods in nats per token. */
export interface ScoredOutcome extends OutcomeFields {
  readonly status: 'scored';
  readonly reason: null;
  readonly detail: '';
  readonly hash: string;
  readonly lossQ: number;
  readonly lossAGivenQ: number;
  readonly lossA: number;
  /** L(A|Q) / L(A). */
  readonly ifd: number;
  /** L(A|Q) / (L(Q) L(A)). */
  readonly icIfd: number;
  /** The same with each L replaced by exp(L). */
  readonly ifdPpl: number;
  readonly icIfdPpl: number;
  /** exp(L(A)) and exp(L(A|Q)); null beyond what a number can hold. */
  readonly pplADirect: number | null;
  readonly pplACondition: number | null;
}

/** A row without a score, and why. The losses that exist are given. */
export interface UnscoredOutcome extends OutcomeFields {
  readonly status: 'unscored';
  readonly reason: ReasonCode;
  /** One sentence about this row. */
  readonly detail: string;
  readonly lossQ: number | null;
  readonly lossAGivenQ: number | null;
  readonly lossA: number | null;
  readonly ifd: null;
  readonly icIfd: null;
  readonly ifdPpl: null;
  readonly icIfdPpl: null;
  readonly pplADirect: number | null;
  readonly pplACondition: number | null;
}

/** What became of one row: every row gets one (several under `turns: 'each'`, one per assistant turn). */
export type Outcome = ScoredOutcome | UnscoredOutcome;
