import type { Dtype, EngineInfo } from '../engine.js';

/** Bits of `NativeModel.run`'s `flags`. */
export const WANT_STATS = 1;
export const WANT_POOLED = 2;

/** How a model is laid out in memory; every field is set, the JS side has checked them. */
export interface NativeLoadOptions {
  readonly dtype: 'auto' | Dtype;
  /** Engine threads; 0: as many as this process may use physical cores. */
  readonly threads: number;
  /** CUDA devices, a replica on each; empty: the CPU. */
  readonly devices: readonly number[];
  /** Tokens of a CUDA device's step, a multiple of 128; 0: chosen by measuring. */
  readonly stepTokens: number;
}

/** Losses in span order; `top1` and `entropy` with WANT_STATS, `pooled` ([sequences, hiddenSize]) with WANT_POOLED. */
export interface NativeBatchResult {
  readonly nll: Float32Array;
  readonly top1: Float32Array | null;
  readonly entropy: Float32Array | null;
  readonly pooled: Float32Array | null;
}

/** A matrix [out, in] of a model, which `count` layers have. */
export interface MatmulUse {
  readonly name: string;
  readonly out: number;
  readonly in: number;
  readonly count: number;
  /** Used at scored positions only (the head), not for every token. */
  readonly perTarget: boolean;
}

/** A matmul to measure: y[rows, out] = x[rows, in] W^T on random data. */
export interface MatmulMeasurement {
  readonly dtype: Dtype;
  readonly rows: number;
  readonly out: number;
  readonly in: number;
  readonly threads: number;
  /** One primitive spread over the threads by OpenMP, instead of a primitive a thread. */
  readonly parallelInside: boolean;
  /** Measured for at least so long; a device takes the median of some calls instead. */
  readonly seconds: number;
  /** -1 for the CPU, else a CUDA device, for which `threads` and `parallelInside` mean nothing. */
  readonly device: number;
}

/** What the native engine also knows of a model that it has loaded. */
export interface NativeEngineInfo extends EngineInfo {
  readonly parameters: number;
  /** Bytes of the repacked weights in memory. */
  readonly weightBytes: number;
  /** Matmul FLOPs a token costs: in the layers (every token), and in the head (scored positions only). */
  readonly flopsPerToken: number;
  readonly flopsPerTarget: number;
}

/** A loaded model with its share of the engine's threads. */
export interface NativeModel {
  readonly info: Omit<NativeEngineInfo, 'engine'> & { readonly matmuls: readonly MatmulUse[] };
  /**
   * Scores a packed batch (see `PackedBatch`; the arrays are copied before this returns, and trusted: ids, starts and
   * spans must have been checked). `id` names the run for `cancel`; it is unique among the runs in flight.
   * Rejects with `code` `aborted` after `cancel(id)`, `closed` after `close()`.
   */
  run(id: number, tokens: Int32Array, starts: Int32Array, spans: Int32Array, flags: number): Promise<NativeBatchResult>;
  /** Drops what has not begun of a run; unknown ids are ignored. */
  cancel(id: number): void;
  /** Seconds that the devices had work in since loading, each for itself, by their own clocks; 0 on the CPU. */
  busySeconds(): number;
  /** Settles everything in flight, then frees weights and threads. Idempotent. */
  close(): Promise<void>;
}

/**
 * A set of vectors. Every promise rejects with `code` `bad_data` for a value that is not finite or, with the cosine, a
 * vector of zeros; `aborted` after `cancel()`; `engine_failed` for want of memory.
 */
export interface NativeVectors {
  /** Of each vector the nearest of `against`, or the nearest other one of the set: NaN and -1 where there is none. */
  nearest(against: NativeVectors | null): Promise<{ readonly distances: Float32Array; readonly indexes: Int32Array }>;
  /** Of each vector the first kept one within the distance (<=), or -1 where it is kept itself; in the vectors' order. */
  nearDuplicates(distance: number): Promise<Int32Array>;
  /** `count` vectors in order of choice; `weights`, one a vector, or null for 1 each. */
  farthestPoints(count: number, weights: Float32Array | null): Promise<Int32Array>;
  facilityLocation(count: number, weights: Float32Array | null): Promise<Int32Array>;
  cluster(
    clusters: number,
    seed: number,
    iterations: number,
  ): Promise<{ readonly labels: Int32Array; readonly centroids: Float32Array }>;
  /** How much of the latest call's work is done, in [0, 1]. */
  progress(): number;
  /** Ends everything in flight, and what is asked later. */
  cancel(): void;
}

/** What the addon knows about this machine. */
export interface NativeCpu {
  /** Instruction sets that the kernels can use here: `avx2`, `avx512`, `avx512_bf16`, `amx_bf16`. */
  readonly isa: readonly string[];
  readonly physicalCores: number;
  /** Physical cores that affinity and the cgroup's quota leave to this process. */
  readonly usableCores: number;
  /** Version of the oneDNN library that is loaded, e.g. `2.6.3`. */
  readonly onednn: string;
}

/** One thing that CUDA needs; `mend` is a command, or null. As `Check` of the doctor. */
export interface NativeCudaCheck {
  readonly name: string;
  readonly status: 'ok' | 'missing' | 'absent';
  readonly detail: string;
  readonly mend: string | null;
}

/** What of CUDA this machine has. */
export interface NativeCuda {
  /** Driver, library, cuBLASLt: up to the first that is not there. */
  readonly checks: readonly NativeCudaCheck[];
  /** Devices that can be used; none where a check is not ok. */
  readonly usable: readonly number[];
}

/** The interface of `evosift.node`. The JS layer validates; the addon trusts. Errors carry an `EvosiftError` code. */
export interface Addon {
  /** Maps, checks and repacks the weights of a Hugging Face model directory. */
  load(directory: string, options: NativeLoadOptions): Promise<NativeModel>;
  /** A model of the given config.json with random weights, for benchmarks. */
  loadShape(configJson: string, seed: number, options: NativeLoadOptions): Promise<NativeModel>;
  /**
   * Cross-entropy of `logits` ([targets, vocab], row major) at `targets`: nats, and with `stats` the probability of
   * the most likely token and the entropy (nats) per target.
   */
  crossEntropy(
    logits: Float32Array,
    vocab: number,
    targets: Int32Array,
    stats: boolean,
  ): { readonly nll: Float32Array; readonly top1: Float32Array | null; readonly entropy: Float32Array | null };
  /**
   * Vectors to compare, `values` row by row (copied before this returns), with distances squared L2 or 1 - cos;
   * `threads` as of a model.
   */
  vectors(values: Float32Array, dimension: number, cosine: boolean, threads: number): NativeVectors;
  cpu(): NativeCpu;
  /** Asks the driver and the loader; touches no device. */
  cuda(): NativeCuda;
  /** What a matmul reaches with oneDNN, or on a device with cuBLASLt, in GFLOP/s: what throughput is measured against. */
  measureMatmul(measurement: MatmulMeasurement): Promise<number>;
}
