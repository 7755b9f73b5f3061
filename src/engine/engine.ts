import type { EngineKind } from '../models/model-files.js';

export type { EngineKind };

/** What matmul inputs are rounded to; sums, norms and softmax are f32 in both. */
export const DTYPES = ['f32', 'bf16'] as const;
export type Dtype = (typeof DTYPES)[number];

/**
 * Token sequences end to end, without padding.
 *
 * `tokens`: ids in [0, vocab), all sequences one after another.
 * `starts`: n+1 offsets into `tokens`; sequence i is tokens[starts[i] .. starts[i+1]).
 * `spans`: pairs [from, to) of positions in `tokens` to score: sorted, disjoint, inside one sequence each, and never
 * a sequence's first token (nothing precedes it). A violation is a RangeError before anything runs.
 */
export interface PackedBatch {
  readonly tokens: Int32Array;
  readonly starts: Int32Array;
  readonly spans: Int32Array;
}

export interface RunOptions {
  /** Also the top-1 probability and the entropy (nats) of the distribution at each target. */
  readonly stats?: boolean;
  /** Also the mean over its tokens of each sequence's last hidden state (after the final norm). */
  readonly pooled?: boolean;
  /** The reward of each sequence, of a reward model; then nothing is scored, and `spans` is empty. */
  readonly reward?: boolean;
  /** Aborting rejects with code `aborted`; work that has not begun is dropped. */
  readonly signal?: AbortSignal;
}

/** Losses in span order: one value per scored position. */
export interface BatchResult {
  /** Negative log-likelihood in nats. */
  readonly nll: Float32Array;
  /** Probability of the most likely token; null unless `stats`. */
  readonly top1: Float32Array | null;
  /** Entropy in nats; null unless `stats`. */
  readonly entropy: Float32Array | null;
  /** [sequences, hiddenSize], row major; null unless `pooled`. */
  readonly pooled: Float32Array | null;
  /** One a sequence; null unless `reward`. */
  readonly reward: Float32Array | null;
}

/** What a model computes: the next token's distribution, and so losses, or one number for a sequence. */
export type ModelHead = 'language_model' | 'reward';

/**
 * What a loaded engine is; `engine`, `device`, `dtype`, `implementation` and `stepTokens` are part of a run's identity.
 */
export interface EngineInfo {
  readonly engine: EngineKind;
  readonly device: 'cpu' | 'cuda';
  readonly dtype: Dtype;
  /**
   * The matmul implementation, e.g. `oneDNN 2.6.3 brg:avx512_core` or, of our own, `evosift amx_bf16` and
   * `evosift amx_bf16x3`.
   */
  readonly implementation: string;
  readonly threads: number;
  /** Tokens that a thread takes at a time, about; a batch of fewer leaves it partly idle. */
  readonly slabTokens: number;
  /**
   * On a GPU, the tokens of a step, to which every slab is filled up: matmuls of another shape may round otherwise.
   * Absent on the CPU, where losses depend on no such number.
   */
  readonly stepTokens?: number;
  readonly architecture: string;
  readonly head: ModelHead;
  readonly vocabSize: number;
  /** The most tokens that a sequence may have. */
  readonly contextLength: number;
  readonly hiddenSize: number;
}

/** Packed batches in, losses out. Several `run` calls may be in flight; each settles when its own work ends. */
export interface Engine extends AsyncDisposable {
  readonly info: EngineInfo;
  run(batch: PackedBatch, options?: RunOptions): Promise<BatchResult>;
  /** Rejects what is in flight with code `closed`, frees weights and threads. Idempotent. */
  close(): Promise<void>;
}

export interface EngineOptions {
  readonly engine?: EngineKind;
  readonly device?: string;
  readonly dtype?: 'auto' | Dtype;
  readonly threads?: number;
  /**
   * Tokens of a GPU's step, a multiple of 128; default chosen by measuring. Losses may differ in their last bits with it,
   * so a call that goes on with a run takes the run's. Device `auto` makes no use of it where it takes the CPU.
   */
  readonly stepTokens?: number;
}
