import type { Engine } from '../engine/engine.js';
import { EvosiftError } from '../errors.js';
import { gather } from '../pool/gather.js';
import { mapInOrder } from '../pool/map-in-order.js';
import { untilAborted } from '../pool/until-aborted.js';
import type { WorkerPool } from '../pool/worker-pool.js';
import type { Outcome } from './outcome.js';
import { textLength, type IndexedRow } from './parsed-rows.js';
import { prepareChunk, type PreparedItem } from './prepare-chunk.js';
import type { PrepareOptions } from './prepare-options.js';
import { sequenceLosses, type SequenceLosses } from './sequence-losses.js';
import { toOutcome } from './to-outcome.js';

/** What rows are scored with. */
export interface ScoringParts {
  readonly engine: Engine;
  readonly pool: WorkerPool;
}

/** Settled options of one `score` call. */
export interface ScoringSettings {
  readonly prepare: PrepareOptions;
  readonly perToken: boolean;
  readonly batchTokens: number;
  readonly strict: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Text that one worker task takes: some 16,000 tokens. */
const CHUNK_CHARACTERS = 64 * 1024;
/** Chunks that are prepared, or being prepared, ahead of the windows. */
const CHUNKS_AHEAD = 4;
/** How long a chunk or window waits for more of its kind: a slow source gets its answers, a fast one full batches. */
const PATIENCE_MS = 5;
/** Windows in the engine at once: when one is done the next is there already, and a third is formed meanwhile. */
const WINDOWS_IN_FLIGHT = 2;
/** About what the engine's threads take at a time. */
const SLAB_TOKENS = 2_048;

/**
 * Scores rows in two look-ahead stages, each bounded and in input order: workers make chunks of rows into token
 * sequences, and windows of those go to the engine as batches of even size.
 *
 * @throws EvosiftError `aborted`, `closed`, `engine_failed`, `strict`; and what `rows` throws.
 */
export async function* scoreRows(
  parts: ScoringParts,
  rows: Iterable<IndexedRow> | AsyncIterable<IndexedRow>,
  settings: ScoringSettings,
): AsyncGenerator<Outcome, void, undefined> {
  const stop = new AbortController();
  const { engine, pool } = parts;
  const { batchTokens, perToken } = settings;
  const chunks = gather(rows, { limit: CHUNK_CHARACTERS, weigh: textLength, patience: PATIENCE_MS });
  const prepared = mapInOrder(chunks, CHUNKS_AHEAD, (chunk) =>
    prepareChunk(pool, chunk, settings.prepare, stop.signal),
  );
  const limit = windowTokens(batchTokens, engine.info.threads);
  const windows = gather(oneByOne(prepared), { limit, weigh: tokenCount, patience: PATIENCE_MS });
  const scored = mapInOrder(windows, WINDOWS_IN_FLIGHT, async (items) => {
    const sequences = items.flatMap((item) => item.prepared.sequences);
    return toOutcomes(
      items,
      await sequenceLosses(engine, sequences, { batchTokens, stats: false, signal: stop.signal }),
      perToken,
    );
  });
  try {
    for await (const outcome of untilAborted(oneByOne(scored), settings.signal)) {
      if (settings.strict && outcome.status === 'unscored') {
        throw new EvosiftError('strict', `Row ${outcome.index} has no score (${outcome.reason}): ${outcome.detail}`);
      }
      yield outcome;
    }
  } finally {
    stop.abort();
  }
}

/** Enough tokens for two batches and for two slabs a thread. */
const windowTokens = (batchTokens: number, threads: number): number =>
  batchTokens * Math.max(2, Math.ceil((2 * SLAB_TOKENS * threads) / batchTokens));

const tokenCount = (item: PreparedItem): number =>
  item.prepared.sequences.reduce((sum, { ids }) => sum + ids.length, 0);

/** Losses come in the order of all items' sequences. */
function toOutcomes(items: readonly PreparedItem[], losses: readonly SequenceLosses[], perToken: boolean): Outcome[] {
  let from = 0;
  return items.map((item) => {
    const to = from + item.prepared.sequences.length;
    const own = losses.slice(from, to);
    from = to;
    return toOutcome(item, concatenated(own.map(({ nll }) => nll)), perToken);
  });
}

function concatenated(arrays: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    whole.set(array, at);
    at += array.length;
  }
  return whole;
}

async function* oneByOne<Item>(groups: AsyncIterable<readonly Item[]>): AsyncGenerator<Item, void, undefined> {
  for await (const group of groups) yield* group;
}
