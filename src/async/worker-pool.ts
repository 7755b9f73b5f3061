import { Piscina } from 'piscina';
import { EvosiftError, messageOf } from '../base/errors.js';
import { Slots } from './slots.js';

export interface WorkerPoolOptions {
  /** The worker's file; its exports are the tasks. */
  readonly filename: string;
  readonly threads: number;
  /** Given to every worker as `workerData`. */
  readonly workerData?: unknown;
  /** Tasks that a worker has at a time, for tasks that mostly wait; default 1. */
  readonly tasksPerWorker?: number;
  /** Whose pool it is, as the error `closed` names it; default `scorer`. */
  readonly owner?: string;
}

/** Workers for second tries end when there are none for so long. */
const IDLE_MS = 1000;

/**
 * The flags of workers. None of the process's, such as --input-type, is meant for them. Without require(esm) Piscina
 * imports their file: in Node 20 and 22 a worker that is ended (by close, or with its process) while require() links an
 * ES module aborts the whole process: "v8::Module::IsGraphAsync must be used on an instantiated module".
 */
const WORKER_FLAGS = ['--no-experimental-require-module'];

/** What a task rejects with when its worker failed twice on it: the first error is the cause of the second. */
export class TaskFailedError extends Error {
  override readonly name = 'TaskFailedError';
}

/**
 * Worker threads with a bounded queue that waits.
 *
 * Piscina rejects a task when its queue is full, runs none twice, and kills a worker whose task is aborted by signal.
 * Here a task waits for its turn, is given to a second worker when the first one failed, and a signal ends the wait
 * only: a task that has begun is short and runs to its end, or is told to end by other means.
 *
 * A worker that dies takes all its tasks with it. Where it had several, each has its second try in a worker of its own,
 * so that one which kills its worker is found out and no other fails with it.
 */
export class WorkerPool implements AsyncDisposable {
  readonly #piscina: Piscina;
  readonly #slots: Slots;
  readonly #running = new Set<(reason: unknown) => void>();
  #secondTries: Piscina | null = null;
  #closing: Promise<void> | null = null;

  constructor(private readonly options: WorkerPoolOptions) {
    const { threads, tasksPerWorker = 1 } = options;
    this.#piscina = this.#start(threads, tasksPerWorker);
    this.#slots = new Slots(threads * tasksPerWorker);
  }

  #start(minThreads: number, tasksPerWorker: number): Piscina {
    const { filename, workerData, threads } = this.options;
    const piscina = new Piscina({
      filename,
      minThreads,
      maxThreads: threads,
      concurrentTasksPerWorker: tasksPerWorker,
      execArgv: WORKER_FLAGS,
      // Ours is the queue that is bounded: here stand the tasks of workers that are only starting.
      maxQueue: Number.POSITIVE_INFINITY,
      // Atomics.wait between tasks would keep a worker from seeing that its process wants to end.
      atomics: 'disabled',
      workerData,
      idleTimeout: IDLE_MS,
      closeTimeout: 10_000,
    });
    // Piscina reports here what no running task can be blamed for, such as a worker that cannot start; tasks still in
    // its queue would wait for ever.
    piscina.on('error', (error: unknown) => this.#rejectRunning(error));
    return piscina;
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
      return await this.#attempt<Result>(this.#piscina, name, task).catch((first: unknown) =>
        this.#again<Result>(name, task, first),
      );
    } finally {
      this.#slots.release();
    }
  }

  async #again<Result>(name: string, task: unknown, first: unknown): Promise<Result> {
    this.#throwIfClosing();
    const isAlone = (this.options.tasksPerWorker ?? 1) === 1;
    // Piscina replaces a dead worker only below its least number: with 0, what waits would wait for ever.
    const piscina = isAlone ? this.#piscina : (this.#secondTries ??= this.#start(1, 1));
    try {
      return await this.#attempt<Result>(piscina, name, task);
    } catch (second) {
      this.#throwIfClosing();
      throw new TaskFailedError(messageOf(second), { cause: first });
    }
  }

  #attempt<Result>(piscina: Piscina, name: string, task: unknown): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#running.add(reject);
      piscina
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
    if (this.#closing !== null) throw this.#closed();
  }

  /** Rejects what waits and what runs with code `closed`, and ends the workers. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#slots.refuseAll(this.#closed());
    this.#rejectRunning(this.#closed());
    await Promise.all([this.#piscina.close(), this.#secondTries?.close()]);
  }

  #closed(): EvosiftError {
    return new EvosiftError('closed', `The ${this.options.owner ?? 'scorer'} was closed.`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
