import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { transferableSymbol, valueSymbol, move } from 'piscina';
import { packageFile } from '../base/package-file.js';
import { valueOf, type Answer } from '../async/answer.js';
import { TaskFailedError, WorkerPool } from '../async/worker-pool.js';
import type { RankSummary } from './assemble.js';
import { CallersEnd, portable, type RankTask } from './channel.js';
import { keepScoredRows } from './keep-scored-rows.js';
import { type RankOptions } from './options.js';
import { planRanking, throwIfAborted, type RankPlan } from './plan.js';

/**
 * Orders and selects the rows of a scored run, or rows with their outcomes, and writes them with their scores: the rows'
 * own text is copied byte for byte, and one object `evosift` (CSV and Parquet: columns `evosift_…`) added.
 *
 * Works out of core, on a worker thread: memory does not grow with the run, and the caller's event loop stays free. Rows
 * without a finite number in `by` never rank, ties keep input order, and `top: 'P%'` is P % of the scored rows that the
 * filters leave, half rounded up.
 *
 * @throws EvosiftError `bad_argument` for options that do not fit the run (a column that is not there, a condition that
 *   is no SQL), `bad_data` where run or data can't be read, `run_mismatch` where the data changed since they were
 *   scored, `disk_full`, `aborted`. What `onProgress` or the stream `out` fails with ends the ranking, too.
 */
export async function rank(options: RankOptions): Promise<RankSummary> {
  const plan = planRanking(options);
  if (options.rows === undefined) return await rankOnThread(plan);
  const folder = await mkdtemp(join(tmpdir(), 'evosift-rank-'));
  try {
    const turns = await keepScoredRows(options.rows, folder, plan);
    return await rankOnThread({ ...plan, run: folder, kept: { recipe: plan.kept?.recipe ?? null, turns } });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function rankOnThread(plan: RankPlan): Promise<RankSummary> {
  throwIfAborted(plan);
  const { port1, port2 } = new MessageChannel();
  await using pool = new WorkerPool({ filename: packageFile('workers/rank'), threads: 1, owner: 'ranking' });
  using end = new CallersEnd(port1, plan);
  const task: RankTask = { plan: portable(plan), port: port2 };
  try {
    const given: unknown = move({ [transferableSymbol]: [port2], [valueSymbol]: task });
    return valueOf(await pool.run<Answer<RankSummary>>('rank', given));
  } catch (error) {
    throwIfAborted(plan);
    end.throwIfFailed();
    // The second try has no port any more: it was the first that had something to say.
    throw error instanceof TaskFailedError ? (error.cause ?? error) : error;
  }
}
