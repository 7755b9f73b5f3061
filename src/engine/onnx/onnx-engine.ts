import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { EvosiftError, messageOf } from '../../base/errors.js';
import { isInstalled, optionalPackageFault } from '../../base/optional-package.js';
import { packageFile } from '../../base/package-file.js';
import { checkBatch } from '../check-batch.js';
import type { BatchResult, Engine, EngineInfo, EngineOptions, PackedBatch, RunOptions } from '../engine.js';
import { settleEngineOptions } from '../engine-options.js';
import { readModelDirectory } from '../../models/model-directory.js';
import { chooseWeights } from '../../models/model-files.js';
import { createGate, holdExit, letExit } from './exit-gate.js';
import { readExportConfig, type ExportConfig } from './export-config.js';
import { PendingBatch } from './pending-batch.js';
import type { Reply, Request, WorkerSetup } from './protocol.js';

/** Sequences in the worker's hands at a time: the one it computes and the next, so that it never waits for a message. */
const IN_HAND = 2;

/** Sequences run one at a time; so many tokens ahead keep it from waiting for the next. */
const SLAB_TOKENS = 2_048;

/**
 * Loads a Hugging Face ONNX export (model.onnx or onnx/model.onnx, with or without past_key_values inputs) into
 * onnxruntime, on the CPU in f32, in a worker of its own. Sequences run one at a time, so a batch has no padding.
 *
 * A thread that has loaded one should close it before it is ended with worker.terminate(): onnxruntime's binding
 * aborts the process when it is torn down in mid-run. (process.exit and uncaught exceptions are waited for.)
 *
 * @throws EvosiftError `unsupported_device`, `unsupported_dtype`, `bad_argument`, `bad_config`, `bad_weights`,
 *   `engine_failed`, `engine_unavailable` (onnxruntime-node is not installed).
 */
export async function loadOnnxEngine(directory: string, options: EngineOptions = {}): Promise<Engine> {
  const threads = settleThreads(options);
  if (!isInstalled('onnxruntime-node'))
    throw new EvosiftError('engine_unavailable', optionalPackageFault('onnxruntime-node', 'The ONNX engine'));
  const { files } = await readModelDirectory(directory, directory, 'onnx');
  const { file } = chooseWeights(
    directory,
    files.map(({ name }) => name),
    'onnx',
  );
  const model = join(directory, file);
  const config = await readExportConfig(directory);
  const setup: WorkerSetup = { model, threads, cache: config, vocabSize: config.vocabSize, gate: createGate() };
  // Without the process's own flags: --input-type, for one, is refused in a worker.
  const worker = new Worker(packageFile('workers/onnx'), { workerData: setup, name: 'evosift onnx', execArgv: [] });
  holdExit(setup.gate);
  worker.once('exit', () => letExit(setup.gate));
  const { version, poolable } = await ready(worker);
  return new OnnxEngine(worker, describe(config, threads, version), poolable);
}

function settleThreads(options: EngineOptions): number {
  const { on, dtype, threads = availableParallelism() } = settleEngineOptions(options);
  if (on.kind === 'cuda') {
    throw new EvosiftError(
      'unsupported_device',
      `The onnx engine runs on the CPU only: ${JSON.stringify(options.device)} cannot be used. Take \`device: cpu\` or auto.`,
      { option: 'device' },
    );
  }
  if (dtype === 'bf16') {
    throw new EvosiftError('unsupported_dtype', 'The onnx engine computes in f32: take `dtype: f32` or auto.', {
      option: 'dtype',
    });
  }
  return threads;
}

/** Waits for the worker's first message. */
async function ready(worker: Worker): Promise<Extract<Reply, { kind: 'ready' }>> {
  const first = new AbortController();
  const { signal } = first;
  try {
    const [reply]: Reply[] = await Promise.race([
      once(worker, 'message', { signal }), // Rejects with what `error` brings.
      once(worker, 'exit', { signal }).then(([code]) => Promise.reject(new Error(`it ended with code ${code}`))),
    ]);
    if (reply?.kind === 'ready') return reply;
    if (reply?.kind === 'failed') throw new EvosiftError(reply.code, reply.message);
    throw new Error('it spoke out of turn');
  } catch (cause) {
    if (cause instanceof EvosiftError) throw cause;
    const why = messageOf(cause);
    throw new EvosiftError('engine_failed', `The ONNX worker could not start: ${why}.`, { cause });
  } finally {
    first.abort();
  }
}

const describe = (config: ExportConfig, threads: number, version: string): EngineInfo => ({
  engine: 'onnx',
  device: 'cpu',
  dtype: 'f32',
  implementation: `onnxruntime ${version} cpu`,
  threads,
  slabTokens: SLAB_TOKENS,
  architecture: config.architecture,
  vocabSize: config.vocabSize,
  contextLength: config.contextLength,
  hiddenSize: config.hiddenSize,
});

class OnnxEngine implements Engine {
  readonly info: EngineInfo;
  readonly #worker: Worker;
  readonly #poolable: boolean;
  /** What is not settled, oldest first, each with what ends its listening to a signal. */
  readonly #batches = new Map<PendingBatch, () => void>();
  /** What the worker has in hand, by request id. */
  readonly #inHand = new Map<number, { readonly batch: PendingBatch; readonly sequence: number }>();
  #lastId = 0;
  /** Why nothing runs any more. */
  #ended: EvosiftError | null = null;
  readonly #exited: Promise<void>;

  constructor(worker: Worker, info: EngineInfo, poolable: boolean) {
    this.info = info;
    this.#worker = worker;
    this.#poolable = poolable;
    worker.on('message', (reply: Reply) => this.#receive(reply));
    worker.on('error', (error) => this.#crash(error.message));
    worker.on('messageerror', (error) => this.#crash(error.message));
    this.#exited = new Promise((resolve) => {
      worker.on('exit', (code) => {
        this.#crash(`it ended with code ${code}`);
        resolve();
      });
    });
    worker.unref();
  }

  async run(batch: PackedBatch, options: RunOptions = {}): Promise<BatchResult> {
    if (this.#ended !== null) throw this.#ended;
    const { stats = false, pooled = false, signal } = options;
    if (signal?.aborted) throw aborted(signal);
    checkBatch(batch, this.info.vocabSize, this.info.contextLength);
    if (pooled && !this.#poolable) {
      throw new EvosiftError(
        'bad_weights',
        'This ONNX export gives no hidden states out, so nothing can be pooled: export it with an output last_hidden_state, or use the native engine.',
      );
    }
    const shape = { stats, pooled, hiddenSize: this.info.hiddenSize };
    return new Promise<BatchResult>((resolve, reject) => {
      const pending = new PendingBatch(batch, shape, { resolve, reject });
      const onAbort = (): void => this.#settle(pending, () => reject(aborted(signal)));
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#batches.set(pending, () => signal?.removeEventListener('abort', onAbort));
      this.#pump();
    });
  }

  async close(): Promise<void> {
    if (this.#ended === null) {
      this.#end(new EvosiftError('closed', 'The engine is closed.'));
      this.#worker.ref();
      this.#worker.postMessage({ kind: 'close' } satisfies Request, []);
    }
    await this.#exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Hands the worker the next sequences, oldest batch first. */
  #pump(): void {
    for (const batch of this.#batches.keys()) {
      while (this.#inHand.size < IN_HAND) {
        const work = batch.next();
        if (work === undefined) break;
        const id = ++this.#lastId;
        this.#inHand.set(id, { batch, sequence: work.sequence });
        const { ids, spans } = work;
        const { stats, pooled } = batch;
        const request: Request = { kind: 'sequence', id, ids, spans, stats, pooled };
        this.#worker.postMessage(request, [ids.buffer, spans.buffer]);
      }
      if (batch.isDone) this.#settle(batch, () => batch.resolve());
    }
    // The worker keeps the process alive while somebody waits for it, no longer.
    if (this.#inHand.size > 0) this.#worker.ref();
    else this.#worker.unref();
  }

  #receive(reply: Reply): void {
    if (reply.kind === 'ready' || reply.id === null) return;
    const work = this.#inHand.get(reply.id);
    this.#inHand.delete(reply.id);
    if (work !== undefined && this.#batches.has(work.batch)) {
      const { batch, sequence } = work;
      if (reply.kind === 'done') batch.accept(sequence, reply);
      else
        this.#settle(batch, () =>
          batch.reject(new EvosiftError(reply.code, `The ONNX engine failed: ${reply.message}`)),
        );
    }
    if (this.#ended === null) this.#pump();
  }

  #settle(batch: PendingBatch, settle: () => void): void {
    const stopListening = this.#batches.get(batch);
    if (stopListening === undefined) return;
    this.#batches.delete(batch);
    stopListening();
    settle();
  }

  #crash(why: string): void {
    if (this.#ended !== null) return;
    this.#end(new EvosiftError('engine_failed', `The ONNX worker died: ${why}. Load the engine anew.`));
    void this.#worker.terminate();
  }

  #end(error: EvosiftError): void {
    this.#ended = error;
    for (const batch of this.#batches.keys()) this.#settle(batch, () => batch.reject(error));
  }
}

const aborted = (signal: AbortSignal | undefined): EvosiftError =>
  new EvosiftError('aborted', 'The run was aborted.', { cause: signal?.reason });
