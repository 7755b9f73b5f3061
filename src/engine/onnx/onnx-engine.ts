import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { EvosiftError } from '../../base/errors.js';
import { checkBatch } from '../check-batch.js';
import { checkHead } from '../check-head.js';
import type { BatchResult, Engine, EngineInfo, EngineOptions, PackedBatch, RunOptions } from '../engine.js';
import { settleEngineOptions } from '../engine-options.js';
import { readModelDirectory } from '../../models/model-directory.js';
import { chooseWeights } from '../../models/model-files.js';
import { readExportConfig, type ExportConfig } from './export-config.js';
import { PendingBatch, type NextSequence } from './pending-batch.js';
import type { ScorerAbout, ScorerSetup, SequenceResult, SequenceWork } from './protocol.js';
import { requireOnnxruntime } from './require-onnxruntime.js';
import { SessionWorker } from './session-worker.js';

type ScorerWorker = SessionWorker<ScorerAbout, SequenceWork, SequenceResult>;

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
  requireOnnxruntime('The ONNX engine');
  const { files } = await readModelDirectory(directory, directory, 'onnx');
  const { file } = chooseWeights(
    directory,
    files.map(({ name }) => name),
    'onnx',
  );
  const model = join(directory, file);
  const config = await readExportConfig(directory);
  const setup: Omit<ScorerSetup, 'gate'> = { model, threads, cache: config, vocabSize: config.vocabSize };
  const worker: ScorerWorker = await SessionWorker.start('workers/onnx', setup);
  return new OnnxEngine(worker, describe(config, threads, worker.about.version));
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

const describe = (config: ExportConfig, threads: number, version: string): EngineInfo => ({
  engine: 'onnx',
  device: 'cpu',
  dtype: 'f32',
  implementation: `onnxruntime ${version} cpu`,
  threads,
  slabTokens: SLAB_TOKENS,
  architecture: config.architecture,
  head: 'language_model',
  vocabSize: config.vocabSize,
  contextLength: config.contextLength,
  hiddenSize: config.hiddenSize,
});

class OnnxEngine implements Engine {
  readonly info: EngineInfo;
  readonly #worker: ScorerWorker;
  /** What is not settled, oldest first, each with what ends its listening to a signal. */
  readonly #batches = new Map<PendingBatch, () => void>();
  /** How many sequences the worker has in hand. */
  #inHand = 0;

  constructor(worker: ScorerWorker, info: EngineInfo) {
    this.info = info;
    this.#worker = worker;
  }

  async run(batch: PackedBatch, options: RunOptions = {}): Promise<BatchResult> {
    if (this.#worker.ended !== null) throw this.#worker.ended;
    const { stats = false, pooled = false, reward = false, signal } = options;
    if (signal?.aborted) throw aborted(signal);
    checkBatch(batch, this.info.vocabSize, this.info.contextLength);
    checkHead(batch, this.info.head, reward);
    if (pooled && !this.#worker.about.poolable) {
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

  close(): Promise<void> {
    return this.#worker.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Hands the worker the next sequences, oldest batch first. */
  #pump(): void {
    for (const batch of this.#batches.keys()) {
      while (this.#inHand < IN_HAND) {
        const next = batch.next();
        if (next === undefined) break;
        this.#inHand++;
        void this.#score(batch, next);
      }
      if (batch.isDone) this.#settle(batch, () => batch.resolve());
    }
  }

  async #score(batch: PendingBatch, { sequence, ids, spans }: NextSequence): Promise<void> {
    const { stats, pooled } = batch;
    try {
      const result = await this.#worker.run({ ids, spans, stats, pooled }, [ids.buffer, spans.buffer]);
      if (this.#batches.has(batch)) batch.accept(sequence, result);
    } catch (error) {
      this.#settle(batch, () => batch.reject(error));
    }
    this.#inHand--;
    this.#pump();
  }

  #settle(batch: PendingBatch, settle: () => void): void {
    const stopListening = this.#batches.get(batch);
    if (stopListening === undefined) return;
    this.#batches.delete(batch);
    stopListening();
    settle();
  }
}

const aborted = (signal: AbortSignal | undefined): EvosiftError =>
  new EvosiftError('aborted', 'The run was aborted.', { cause: signal?.reason });
