import { EvosiftError } from '../../base/errors.js';
import { checkBatch } from '../check-batch.js';
import { checkHead } from '../check-head.js';
import type { DeviceChoice } from '../device.js';
import type { BatchResult, Engine, EngineOptions, PackedBatch, RunOptions } from '../engine.js';
import {
  WANT_POOLED,
  WANT_REWARD,
  WANT_STATS,
  type MatmulUse,
  type NativeEngineInfo,
  type NativeLoadOptions,
  type NativeModel,
} from './addon-types.js';
import { settleEngineOptions } from '../engine-options.js';
import { loadAddon } from './load-addon.js';
import { settle } from './settle.js';

/**
 * Loads a Hugging Face model directory (config.json and safetensors) into the native engine.
 *
 * @throws EvosiftError `addon_unavailable`, `unsupported_platform`, `unsupported_device`, `unsupported_dtype`,
 *   `bad_argument`, `unsupported_architecture`, `bad_config`, `bad_weights`, `pickle_refused`, `model_not_found`,
 *   `engine_failed`.
 */
export async function loadNativeEngine(directory: string, options: EngineOptions = {}): Promise<NativeEngine> {
  const settled = settleOptions(options);
  return new NativeEngine(await settle(loadAddon().load(directory, settled)), settled.devices);
}

/**
 * A native engine of the shape that a config.json text describes, with random weights made in memory: for benchmarks.
 *
 * @throws as `loadNativeEngine`.
 */
export async function loadNativeShape(
  configJson: string,
  seed: number,
  options: EngineOptions = {},
): Promise<NativeEngine> {
  const settled = settleOptions(options);
  return new NativeEngine(await settle(loadAddon().loadShape(configJson, seed, settled)), settled.devices);
}

function settleOptions(options: EngineOptions): NativeLoadOptions {
  const { dtype, threads = 0, stepTokens = 0, on } = settleEngineOptions(options);
  return { dtype, threads, stepTokens, devices: devicesOf(on) };
}

/** CUDA devices to load on, none for the CPU; `auto` takes the first that can be used. The addon checks those named. */
function devicesOf(choice: DeviceChoice): readonly number[] {
  if (choice.kind === 'cuda') return choice.indexes;
  return choice.kind === 'cpu' ? [] : loadAddon().cuda().usable.slice(0, 1);
}

/** A model in the native engine. Made by the functions above. */
export class NativeEngine implements Engine {
  readonly info: NativeEngineInfo;
  /** The model's matmuls by shape. */
  readonly matmuls: readonly MatmulUse[];
  #closed = false;
  #nextId = 1;

  /** @param devices The CUDA devices that it is on; none: the CPU. */
  constructor(
    private readonly model: NativeModel,
    readonly devices: readonly number[],
  ) {
    const { matmuls, ...info } = model.info;
    this.info = { engine: 'native', ...info };
    this.matmuls = matmuls;
  }

  async run(batch: PackedBatch, options: RunOptions = {}): Promise<BatchResult> {
    const { stats = false, pooled = false, reward = false, signal } = options;
    if (this.#closed) throw new EvosiftError('closed', 'The engine is closed.');
    checkBatch(batch, this.info.vocabSize, this.info.contextLength);
    checkHead(batch, this.info.head, reward);
    if (signal?.aborted) throw new EvosiftError('aborted', 'The run was aborted.', { cause: signal.reason });
    const id = this.#nextId++;
    const abort = (): void => this.model.cancel(id);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const flags = (stats ? WANT_STATS : 0) | (pooled ? WANT_POOLED : 0) | (reward ? WANT_REWARD : 0);
      return await settle(this.model.run(id, batch.tokens, batch.starts, batch.spans, flags));
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Seconds that the devices had work in since loading, each for itself; 0 on the CPU. */
  busySeconds(): number {
    return this.model.busySeconds();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.model.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
