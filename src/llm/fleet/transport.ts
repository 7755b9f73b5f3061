import { randomUUID } from 'node:crypto';
import { BroadcastChannel } from 'node:worker_threads';
import { TaskFailedError, WorkerPool } from '../../async/worker-pool.js';
import type { Cancellation, TaskOutcome, WorkerTask } from './worker-task.js';
import type { ChatRequest, Completion } from '../chat.js';
import type { Generator, GgufModel, OpenAiEndpoint } from '../generator.js';
import { RequestError } from '../request-error.js';

export interface TransportOptions {
  readonly worker: { readonly filename: string; readonly workerData?: unknown };
  readonly threads: number;
  /** Tasks at a time, over all threads. */
  readonly tasks: number;
  /** Milliseconds that a request over the wire may take. */
  readonly timeout: number;
}

/** Makes single attempts: in the workers, or with a model of this process. */
export class Transport implements AsyncDisposable {
  readonly #pool: WorkerPool;
  readonly #name = `evosift-${randomUUID()}`;
  readonly #channel = new BroadcastChannel(this.#name);
  readonly #models = new Map<string, Promise<Generator>>();
  #lastId = 0;

  constructor(private readonly options: TransportOptions) {
    const { worker, threads, tasks } = options;
    this.#pool = new WorkerPool({ ...worker, threads, tasksPerWorker: Math.ceil(tasks / threads), owner: 'fleet' });
    this.#channel.unref();
  }

  /**
   * Sends a request once and has its answer examined.
   *
   * @param signal Cancels it.
   * @throws EvosiftError where the model of a `gguf` source can't be loaded; `closed`.
   */
  async send(
    source: OpenAiEndpoint | GgufModel,
    request: ChatRequest,
    examination: unknown,
    signal: AbortSignal,
  ): Promise<TaskOutcome<unknown>> {
    if (source.kind === 'gguf') return await this.#generate(source, request, examination, signal);
    const id = ++this.#lastId;
    const { timeout } = this.options;
    const onAbort = (): void => this.#cancel(id);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await this.#run({
        kind: 'request',
        channel: this.#name,
        id,
        endpoint: source,
        request,
        timeout,
        examination,
      });
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Has an answer examined that is there. `failed` where the worker failed on it twice. */
  async examine(completion: Completion, examination: unknown): Promise<TaskOutcome<unknown>> {
    if (examination === null) return { status: 'examined', finding: null };
    return await this.#run({ kind: 'examine', completion, examination });
  }

  async #run(task: WorkerTask): Promise<TaskOutcome<unknown>> {
    try {
      return await this.#pool.run<TaskOutcome<unknown>>('run', task);
    } catch (error) {
      if (!(error instanceof TaskFailedError)) throw error;
      return { status: 'failed', failure: { kind: 'worker_failed', detail: error.message, retryAfter: null } };
    }
  }

  async #generate(
    { path }: GgufModel,
    request: ChatRequest,
    examination: unknown,
    signal: AbortSignal,
  ): Promise<TaskOutcome<unknown>> {
    const loading = this.#models.get(path) ?? load(path);
    this.#models.set(path, loading);
    const model = await loading;
    let completion: Completion;
    try {
      completion = await model.generate(request, signal);
    } catch (error) {
      if (signal.aborted) return { status: 'cancelled' };
      if (!(error instanceof RequestError)) throw error;
      return { status: 'failed', failure: { kind: error.kind, detail: error.message, retryAfter: error.retryAfter } };
    }
    const examined = await this.examine(completion, examination);
    if (examined.status === 'examined') return { status: 'answered', completion, finding: examined.finding };
    const detail = examined.status === 'failed' ? examined.failure.detail : examined.status;
    return { status: 'unexamined', completion, detail };
  }

  #cancel(id: Cancellation): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is no window
    this.#channel.postMessage(id);
  }

  /** Cancels what is in flight, and ends workers and models. Idempotent. */
  async close(): Promise<void> {
    this.#cancel(null);
    await this.#pool.close();
    this.#channel.close();
    for (const loading of this.#models.values()) await loading.then((model) => model.close()).catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Nobody who asks servers alone loads the library. */
async function load(path: string): Promise<Generator> {
  const { loadGguf } = await import('../gguf/load-gguf.js');
  return await loadGguf(path);
}
