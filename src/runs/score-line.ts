import type { ReasonCode } from '../rows/example.js';

/**
 * A line of `scores.jsonl`: what came of a row, or of one of its assistant turns (`turn`). Losses in nats; null where
 * a loss or ratio does not exist. Lines stand in input order; the lines of one row stand together.
 */
export interface ScoreLine {
  readonly index: number;
  /** Only where one row has a line for each assistant turn (from 0). */
  readonly turn?: number;
  readonly id: string | number | null;
  readonly status: 'scored' | 'unscored';
  readonly reason: ReasonCode | null;
  readonly loss_q: number | null;
  readonly loss_a_given_q: number | null;
  readonly loss_a: number | null;
  readonly ifd: number | null;
  readonly ic_ifd: number | null;
  readonly ifd_ppl?: number | null;
  readonly ic_ifd_ppl?: number | null;
  readonly ppl_a_direct?: number | null;
  readonly ppl_a_condition?: number | null;
  /** Targets averaged in L(Q), L(A|Q) and L(A). */
  readonly tokens_q: number;
  readonly tokens_a: number;
  readonly tokens_a_alone: number;
  readonly tokens_instruction: number;
  /** Tokens that the engine read for this line; the run's summary adds them up. */
  readonly tokens?: number;
  readonly truncated: boolean;
  /** Content hash of the row as parsed; null where it could not be parsed. */
  readonly hash: string | null;
  /** By assistant turn, where a conversation is scored whole. */
  readonly turns?: readonly {
    readonly loss_a_given_q: number | null;
    readonly loss_a: number | null;
    readonly ifd: number | null;
    readonly tokens_a: number;
    readonly tokens_a_alone: number;
  }[];
  /** The losses themselves, in target order, with `--per-token`. */
  readonly nll_q?: readonly number[];
  readonly nll_a_given_q?: readonly number[];
  readonly nll_a?: readonly number[];
}
