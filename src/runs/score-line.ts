import type { ReasonCode } from '../rows/example.js';
import type { RowFormat } from '../rows/row-layout.js';

/**
 * A line of `scores.jsonl`, where its fields are in snake_case: what came of a row, or of one of its assistant turns (`turn`). Losses in nats; null where
 * a loss or ratio does not exist. Lines stand in input order; the lines of one row stand together.
 */
export interface ScoreLine {
  readonly index: number;
  /** Only where one row has a line for each assistant turn (from 0). */
  readonly turn?: number;
  readonly id: string | number | null;
  readonly status: 'scored' | 'unscored';
  readonly reason: ReasonCode | null;
  readonly lossQ: number | null;
  readonly lossAGivenQ: number | null;
  readonly lossA: number | null;
  readonly ifd: number | null;
  readonly icIfd: number | null;
  readonly ifdPpl?: number | null;
  readonly icIfdPpl?: number | null;
  readonly pplADirect?: number | null;
  readonly pplACondition?: number | null;
  /** Targets averaged in L(Q), L(A|Q) and L(A). */
  readonly tokensQ: number;
  readonly tokensA: number;
  readonly tokensAAlone: number;
  readonly tokensInstruction: number;
  /** Tokens that the engine read for this line; the run's summary adds them up. */
  readonly tokens?: number;
  readonly truncated: boolean;
  /** Content hash of the row as parsed; null where it could not be parsed. */
  readonly hash: string | null;
  /** Only in a row with reasoning or tool calls: which parts of its answer count, and their losses given the question. */
  readonly reasoning?: 'include' | 'exclude' | 'only';
  readonly lossReasoning?: number | null;
  readonly lossText?: number | null;
  readonly lossCalls?: number | null;
  readonly tokensReasoning?: number;
  readonly tokensText?: number;
  readonly tokensCalls?: number;
  /** What the row has and the recipe takes no notice of; absent where that is nothing. */
  readonly ignored?: readonly string[];
  /** Special tokens are written in the row's own text; absent where there are none. */
  readonly specialTokensInText?: true;
  /** The row's format, where it is not that of the run. */
  readonly format?: RowFormat | undefined;
  /** By assistant turn, where a conversation is scored whole. */
  readonly turns?: readonly {
    readonly lossAGivenQ: number | null;
    readonly lossA: number | null;
    readonly ifd: number | null;
    readonly tokensA: number;
    readonly tokensAAlone: number;
  }[];
  /** The losses themselves, in target order, with `perToken`. */
  readonly nllQ?: readonly number[];
  readonly nllAGivenQ?: readonly number[];
  readonly nllA?: readonly number[];
}
