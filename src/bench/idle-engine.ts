import type { BatchResult, Engine, EngineInfo, PackedBatch } from '../engine/engine.js';

/** An engine that computes nothing: every loss is 1. It leaves the pipeline around it to be measured alone. */
export class IdleEngine implements Engine {
  readonly info: EngineInfo;

  constructor(vocabSize: number, contextLength: number) {
    this.info = {
      engine: 'native',
      device: 'cpu',
      dtype: 'f32',
      implementation: 'idle',
      threads: 1,
      slabTokens: 2_048,
      architecture: 'idle',
      head: 'language_model',
      vocabSize,
      contextLength,
      hiddenSize: 0,
    };
  }

  run({ spans }: PackedBatch): Promise<BatchResult> {
    let targets = 0;
    for (let i = 0; i < spans.length; i += 2) targets += spans[i + 1] - spans[i];
    return Promise.resolve({
      nll: new Float32Array(targets).fill(1),
      top1: null,
      entropy: null,
      pooled: null,
      reward: null,
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
