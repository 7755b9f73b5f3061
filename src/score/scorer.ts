import type { EngineInfo } from '../engine/engine.js';
import type { NllSequence, NllResult, NllOptions } from './nll.js';
import type { Outcome } from './outcome.js';
import type { ScoreOptions } from './score-options.js';

/** What a scorer runs on. */
export interface ScorerInfo extends EngineInfo {
  /** The model as it was named. */
  readonly model: string;
  /** The directory its files are in. */
  readonly modelDirectory: string;
}

/**
 * A loaded model that scores rows. Calls may overlap: they share the engine, which always has the batches of all of
 * them to choose from.
 */
export interface Scorer extends AsyncDisposable {
  readonly info: ScorerInfo;

  /**
   * Scores rows: one outcome a row, in input order (one per assistant turn with `turns: 'each'`).
   *
   * Rows are read ahead of the engine, by a bounded amount, and no faster than outcomes are taken. Leaving the loop
   * early, or aborting `signal`, drops the work in hand and closes `rows`.
   *
   * @param rows Records of any supported format.
   * @throws EvosiftError `bad_argument` at the call; `aborted`, `closed`, `engine_failed`, or with `strict` code
   *   `strict`, from the iterator.
   */
  score(rows: Iterable<unknown> | AsyncIterable<unknown>, options?: ScoreOptions): AsyncIterableIterator<Outcome>;

  /**
   * Losses of token ids or text: the low-level door. One result a sequence, in order.
   *
   * @throws EvosiftError as `score`.
   */
  nll(
    sequences: Iterable<NllSequence> | AsyncIterable<NllSequence>,
    options?: NllOptions,
  ): AsyncIterableIterator<NllResult>;

  /** Rejects what is in flight with code `closed`; frees the weights, threads and workers. Idempotent. */
  close(): Promise<void>;
}
