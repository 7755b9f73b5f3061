import { setTimeout as delay } from 'node:timers/promises';
import type { BatchResult, Engine, EngineInfo, PackedBatch, RunOptions } from '../../src/engine/engine.js';
import { checkBatch } from '../../src/engine/check-batch.js';
import { EvosiftError } from '../../src/base/errors.js';

export interface FormulaEngineOptions {
  readonly vocabSize?: number;
  readonly contextLength?: number;
  /** What a GPU says of its step: the engine calls itself one. */
  readonly stepTokens?: number;
  /** Milliseconds a batch takes, by its number. */
  readonly delayOf?: (batch: number) => number;
  /** Thrown by batches of these numbers. */
  readonly failAt?: ReadonlySet<number>;
}

/** The "loss" of a target: any function of the two ids will do that tells sequences apart. */
export const formula = (before: number, id: number): number => 1 + ((before * 31 + id * 17) % 97) / 10;

/**
 * An engine for tests of what stands around engines: a target's loss is a formula of its id and the one before. Holds
 * batches to the contract and counts what is in flight.
 */
export class FormulaEngine implements Engine {
  readonly info: EngineInfo;
  readonly batches: PackedBatch[] = [];
  inFlight = 0;
  mostInFlight = 0;
  closed = false;

  constructor(private readonly options: FormulaEngineOptions = {}) {
    this.info = {
      engine: 'native',
      device: options.stepTokens === undefined ? 'cpu' : 'cuda',
      dtype: 'f32',
      implementation: 'formula',
      threads: 2,
      slabTokens: options.stepTokens ?? 2_048,
      ...(options.stepTokens !== undefined && { stepTokens: options.stepTokens }),
      architecture: 'formula',
      head: 'language_model',
      vocabSize: options.vocabSize ?? 1_000_000,
      contextLength: options.contextLength ?? 4_096,
      hiddenSize: 1,
    };
  }

  async run(batch: PackedBatch, { signal, stats }: RunOptions = {}): Promise<BatchResult> {
    if (this.closed) throw new EvosiftError('closed', 'closed');
    checkBatch(batch, this.info.vocabSize, this.info.contextLength);
    const number = this.batches.push(batch) - 1;
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    try {
      await delay(this.options.delayOf?.(number) ?? 0, undefined, { ...(signal && { signal }) });
    } catch {
      throw new EvosiftError('aborted', 'aborted');
    } finally {
      this.inFlight--;
    }
    if (this.options.failAt?.has(number)) throw new EvosiftError('engine_failed', `batch ${number} failed`);
    const nll: number[] = [];
    for (let pair = 0; pair < batch.spans.length; pair += 2) {
      for (let position = batch.spans[pair]!; position < batch.spans[pair + 1]!; position++) {
        nll.push(formula(batch.tokens[position - 1]!, batch.tokens[position]!));
      }
    }
    const values = Float32Array.from(nll);
    return { nll: values, top1: stats ? values : null, entropy: stats ? values : null, pooled: null, reward: null };
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
