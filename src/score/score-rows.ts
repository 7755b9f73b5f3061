import type { Engine } from '../engine/engine.js';
import { EvosiftError } from '../errors.js';
import type { WorkerPool } from '../pool/worker-pool.js';
import { concatenate } from './concatenate.js';
import type { Outcome } from './outcome.js';
import { textLength, type IndexedRow } from './parsed-rows.js';
import { pipeline } from './pipeline.js';
import { prepareChunk } from './prepare-chunk.js';
import type { PrepareOptions } from './prepare-options.js';
import { toOutcome } from './to-outcome.js';

/** What rows are scored with. */
export interface ScoringParts {
  readonly engine: Engine;
  readonly pool: WorkerPool;
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
 * Outcomes of rows, in input order.
 *
 * @throws EvosiftError `aborted`, `closed`, `engine_failed`, `unsupported_tokenizer`, `strict`; and what `rows` throws.
 */
export async function* scoreRows(
  { engine, pool }: ScoringParts,
  rows: Iterable<IndexedRow> | AsyncIterable<IndexedRow>,
  { prepare, perToken, batchTokens, strict, signal }: ScoringSettings,
): AsyncGenerator<Outcome, void, undefined> {
  const outcomes = pipeline(
    engine,
    rows,
    {
      weigh: textLength,
      prepare: (chunk, stop) => prepareChunk(pool, chunk, prepare, stop),
      sequencesOf: (item) => item.prepared.sequences,
      finish: (item, losses) => toOutcome(item, concatenate(losses.map(({ nll }) => nll)), perToken),
    },
    { batchTokens, stats: false, signal },
  );
  for await (const outcome of outcomes) {
    if (strict && outcome.status === 'unscored') {
      throw new EvosiftError('strict', `Row ${outcome.index} has no score (${outcome.reason}): ${outcome.detail}`);
    }
    yield outcome;
  }
}
