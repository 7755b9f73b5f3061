import type { Engine } from '../engine/engine.js';
import { EvosiftError } from '../base/errors.js';
import type { WorkerPool } from '../async/worker-pool.js';
import type { BusyClock } from './busy-clock.js';
import { concatenate } from './concatenate.js';
import type { Outcome } from './outcome.js';
import { preparingCost, type IndexedRow, type PassingRow } from './parsed-rows.js';
import { pipeline } from './pipeline.js';
import { prepareChunk, type PreparedItem } from './prepare-chunk.js';
import { sequenceLosses, type SequenceLosses } from './sequence-losses.js';
import type { PrepareOptions } from './sequences/prepare-options.js';
import { toOutcome } from './to-outcome.js';

/** What rows are scored with. */
export interface ScoringParts {
  readonly engine: Engine;
  readonly pool: WorkerPool;
  /** Time in which a worker had rows to prepare. */
  readonly tokenising: BusyClock;
  /** Time in which the engine had batches to run. */
  readonly computing: BusyClock;
}

/** The options of one `score` call, settled. */
export interface ScoringSettings {
  readonly prepare: PrepareOptions;
  readonly perToken: boolean;
  readonly batchTokens: number;
  readonly strict: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Outcomes of rows, in input order; what passes comes out in its place.
 *
 * @throws EvosiftError `aborted`, `closed`, `engine_failed`, `unsupported_tokenizer`, `strict`; and what `rows` throws.
 */
export async function* scoreRows<Passing>(
  { engine, pool, tokenising, computing }: ScoringParts,
  rows: Iterable<IndexedRow | PassingRow<Passing>> | AsyncIterable<IndexedRow | PassingRow<Passing>>,
  { prepare, perToken, batchTokens, strict, signal }: ScoringSettings,
): AsyncGenerator<Outcome | PassingRow<Passing>, void, undefined> {
  const outcomes = pipeline<
    IndexedRow | PassingRow<Passing>,
    PreparedItem | PassingRow<Passing>,
    SequenceLosses,
    Outcome | PassingRow<Passing>
  >(
    { engine, computing },
    rows,
    {
      weigh: preparingCost,
      prepare: (chunk, stop) => tokenising.time(() => prepareChunk(pool, chunk, prepare, stop)),
      sequencesOf: (item) => ('passing' in item ? [] : item.prepared.sequences),
      compute: (sequences, stop) => sequenceLosses(engine, sequences, { batchTokens, stats: false, signal: stop }),
      finish: (item, losses) =>
        'passing' in item
          ? item
          : toOutcome(item, concatenate(losses.map(({ nll }) => nll)), { perToken, reasoning: prepare.reasoning }),
    },
    { batchTokens, signal },
  );
  for await (const outcome of outcomes) {
    if (strict && 'status' in outcome && outcome.status === 'unscored') {
      throw new EvosiftError('strict', `Row ${outcome.index} has no score (${outcome.reason}): ${outcome.detail}`);
    }
    yield outcome;
  }
}
