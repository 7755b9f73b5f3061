import type { ErrorCode } from '../../base/errors.js';
import type { CacheShape } from './feeds.js';
import type { TargetLosses } from './cross-entropy.js';

/** What a worker is told: one thing to do, or to end. */
export type Request<Work> =
  { readonly kind: 'work'; readonly id: number; readonly work: Work } | { readonly kind: 'close' };

/** What a worker says. `failed` without an id is about loading. */
export type Reply<About, Result> =
  | { readonly kind: 'ready'; readonly about: About }
  | { readonly kind: 'done'; readonly id: number; readonly result: Result }
  | { readonly kind: 'failed'; readonly id: number | null; readonly code: ErrorCode; readonly message: string };

/** What a worker is started with, whatever its session is for. */
export interface SessionSetup {
  readonly model: string;
  readonly threads: number;
  /** See exit-gate.ts. */
  readonly gate: Int32Array;
}

/** For a causal language model's worker. */
export interface ScorerSetup extends SessionSetup {
  readonly cache: CacheShape;
  readonly vocabSize: number;
}

export interface ScorerAbout {
  readonly version: string;
  /** Whether the graph gives hidden states out. */
  readonly poolable: boolean;
}

/** One sequence to score; `spans` are positions in `ids`. */
export interface SequenceWork {
  readonly ids: Int32Array;
  readonly spans: Int32Array;
  readonly stats: boolean;
  readonly pooled: boolean;
}

export interface SequenceResult extends TargetLosses {
  readonly pooled: Float32Array | null;
}

/** For any other graph's worker. */
export interface GraphAbout {
  /** Of onnxruntime. */
  readonly version: string;
  readonly inputs: readonly string[];
  /** Dimensions of each output by its name; those that the graph leaves open are texts. */
  readonly outputs: Readonly<Record<string, readonly (number | string)[]>>;
}

/** Integers for each input, all of the shape [1, length], and the output that is wanted. */
export interface GraphWork {
  readonly feeds: Readonly<Record<string, Int32Array>>;
  readonly output: string;
}

/** An output as f32, row major. */
export interface GraphResult {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}
