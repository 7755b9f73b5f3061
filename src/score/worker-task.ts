import { valueOf, type Answer } from '../async/answer.js';
import { TaskFailedError, type WorkerPool } from '../async/worker-pool.js';
import { EvosiftError } from '../base/errors.js';

/**
 * What a task of the scorer's workers gives; its failure, where it failed twice, is what its rows are told.
 *
 * @throws EvosiftError as the task does; `aborted`, `closed`.
 */
export async function workerTask<Value>(
  pool: WorkerPool,
  name: string,
  task: unknown,
  signal: AbortSignal,
): Promise<Value | TaskFailedError> {
  try {
    return valueOf(await pool.run<Answer<Value>>(name, task, signal));
  } catch (error) {
    if (error instanceof TaskFailedError) return error;
    if (signal.aborted) throw new EvosiftError('aborted', 'Scoring was aborted.', { cause: error });
    throw error;
  }
}
