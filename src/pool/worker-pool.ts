import { Piscina } from 'piscina';
import { EvosiftError } from '../errors.js';
import { Slots } from './slots.js';

export interface WorkerPoolOptions {
  /** The worker's file; its exports are the tasks. */
  readonly filename: string;
  readonly threads: number;
  /** Given to every worker as `workerData`. */
  readonly workerData?: unknown;
}

/** What a task rejects with when its worker failed twice on it: the first error is the cause of the second. */
export class TaskFailedError extends Error {
  override readonly name = 'TaskFailedError';
}

/**
 * Worker threads with a bounded queue that waits.
 *
 * Piscina rejects a task when its queue is full, runs none twice, and kills a worker whose task is aborted by signal.
 * Here a task waits for its turn, is given to a second worker when the first one failed, and a signal ends the wait
 * only: a task that has begun is short and runs to its end.
 */
export class WorkerPool implements AsyncDisposable {
  readonly #piscina: Piscina;
  readonly #slots: Slots;
  readonly #running = new Set<(reason: unknown) => void>();
  #closing: Promise<void> | null = null;

  constructor(options: WorkerPoolOptions) {
    this.#piscina = new Piscina({
      filename: options.filename,
      minThreads: options.threads,
      maxThreads: options.threads,
      // One each: a task that kills its worker takes no other with it.
      concurrentTasksPerWorker: 1,
      // Flags of the process, such as --input-type, are not meant for workers.
      execArgv: [],
      maxQueue: options.threads,
      // Atomics.wait between tasks would keep a worker from seeing that its process wants to end.
      atomics: 'disabled',
      workerData: options.workerData,
      closeTimeout: 10_000,
    });
    this.#slots = new Slots(options.threads);
    // Piscina reports here what no running task can be blamed for, such as a worker that cannot start; tasks still in
    // its queue would wait for ever.
    this.#piscina.on('error', (error: unknown) => this.#rejectRunning(error));
  }

  /**
   * Runs the worker's exported function `name` on `task`.
   *
   * @param signal Ends the wait for a turn with the signal's reason.
   * @throws TaskFailedError when the task failed twice; EvosiftError `closed` when the pool was closed.
   */
  async run<Result>(name: string, task: unknown, signal?: AbortSignal): Promise<Result> {
    this.#throwIfClosing();
    await this.#slots.take(signal);
    try {
      this.#throwIfClosing();
      return await this.#attempt<Result>(name, task).catch((first: unknown) => this.#again<Result>(name, task, first));
    } finally {
      this.#slots.release();
    }
  }

  async #again<Result>(name: string, task: unknown, first: unknown): Promise<Result> {
    this.#throwIfClosing();
    try {
      return await this.#attempt<Result>(name, task);
    } catch (second) {
      this.#throwIfClosing();
      throw new TaskFailedError(second instanceof Error ? second.message : String(second), { cause: first });
    }
  }

  #attempt<Result>(name: string, task: unknown): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#running.add(reject);
      this.#piscina
        .run(task, { name })
        .then((result: Result) => resolve(result), reject)
        .finally(() => this.#running.delete(reject));
    });
  }

  #rejectRunning(reason: unknown): void {
    for (const reject of this.#running) reject(reason);
    this.#running.clear();
  }

  #throwIfClosing(): void {
    if (this.#closing !== null) throw closed();
  }

  /** Rejects what waits and what runs with code `closed`, and ends the workers. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#slots.refuseAll(closed());
    this.#rejectRunning(closed());
    await this.#piscina.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const closed = (): EvosiftError => new EvosiftError('closed', 'The scorer was closed.');
