import type { ErrorCode } from '../../base/errors.js';
import type { CacheShape } from './feeds.js';

/** What the worker is started with. */
export interface WorkerSetup {
  readonly model: string;
  readonly threads: number;
  readonly cache: CacheShape;
  readonly vocabSize: number;
  readonly gate: Int32Array;
}

/** One sequence to score; `spans` are positions in `ids`. */
export interface SequenceRequest {
  readonly kind: 'sequence';
  readonly id: number;
  readonly ids: Int32Array;
  readonly spans: Int32Array;
  readonly stats: boolean;
  readonly pooled: boolean;
}

export type Request = SequenceRequest | { readonly kind: 'close' };

/** What the worker says. `failed` without an id is about loading. */
export type Reply =
  | { readonly kind: 'ready'; readonly version: string; readonly poolable: boolean }
  | {
      readonly kind: 'done';
      readonly id: number;
      readonly nll: Float32Array;
      readonly top1: Float32Array | null;
      readonly entropy: Float32Array | null;
      readonly pooled: Float32Array | null;
    }
  | { readonly kind: 'failed'; readonly id: number | null; readonly code: ErrorCode; readonly message: string };
