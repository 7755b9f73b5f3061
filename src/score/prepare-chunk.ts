import type { Example } from '../rows/example.js';
import type { RowFormat } from '../rows/row-layout.js';
import { TaskFailedError, type WorkerPool } from '../async/worker-pool.js';
import type { PrepareOptions } from './sequences/prepare-options.js';
import type { IndexedRow, PassingRow } from './parsed-rows.js';
import { unpackChunk, type PreparedChunk } from './prepared-chunk.js';
import type { PreparedRow } from './sequences/prepared-row.js';
import { unscored } from './sequences/row-builder.js';
import { workerTask } from './worker-task.js';

/** One outcome to be: a row, or one of its assistant turns, with what the recipe made of it. */
export interface PreparedItem {
  readonly index: number;
  readonly id: string | number | null;
  readonly hash: string | null;
  /** The row's own format, where that of the other rows is another. */
  readonly format: RowFormat | null;
  readonly prepared: PreparedRow;
}

/** What a worker is asked to prepare. */
export interface PrepareTask {
  readonly examples: readonly Example[];
  readonly options: PrepareOptions;
}

/**
 * Has a worker tokenise a chunk of rows and build their sequences and spans. Rows that could not be read pass through
 * with their reason; where the worker failed twice, its rows get the reason `worker_failed`.
 */
export async function prepareChunk<Passing>(
  pool: WorkerPool,
  rows: readonly (IndexedRow | PassingRow<Passing>)[],
  options: PrepareOptions,
  signal: AbortSignal,
): Promise<(PreparedItem | PassingRow<Passing>)[]> {
  const examples = rows.flatMap((entry) => ('row' in entry && entry.row.ok ? [entry.row.example] : []));
  const prepared = await prepareExamples(pool, { examples, options }, signal);
  let next = 0;
  return rows.flatMap((entry): (PreparedItem | PassingRow<Passing>)[] => {
    if ('passing' in entry) return [entry];
    const { index, row } = entry;
    const format = row.format ?? null;
    if (!row.ok) return [{ index, id: row.id, hash: null, format, prepared: unscored(row.reason, row.detail) }];
    const made = prepared instanceof TaskFailedError ? [failed(prepared)] : prepared[next++];
    if (made === undefined) throw new RangeError('a worker answered for fewer rows than it was given');
    return made.map((one) => ({ index, id: row.id, hash: row.hash, format, prepared: one }));
  });
}

async function prepareExamples(
  pool: WorkerPool,
  task: PrepareTask,
  signal: AbortSignal,
): Promise<PreparedRow[][] | TaskFailedError> {
  if (task.examples.length === 0) return [];
  const made = await workerTask<PreparedChunk>(pool, 'prepare', task, signal);
  return made instanceof TaskFailedError ? made : unpackChunk(made);
}

const failed = (error: TaskFailedError): PreparedRow =>
  unscored('worker_failed', `The worker that tokenised this row failed twice: ${error.message}`);
