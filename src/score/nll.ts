import type { Message } from '../data/example.js';

/**
 * What to score: ids as they are; a text; or a text in a context (`prompt`, or `messages` rendered by the model's own
 * template), of which only the text is scored.
 */
export type NllSequence =
  | { readonly ids: ArrayLike<number> }
  | { readonly text: string; readonly prompt?: string }
  | { readonly text: string; readonly messages: readonly Message[] };

export interface NllOptions {
  /** Also the top-1 probability and the entropy (nats) of the distribution at each target. */
  readonly stats?: boolean;
  readonly signal?: AbortSignal;
}

/** Losses in nats of ids[1:], or of the text alone where it has a context; null values and a reason for a bad input. */
export type NllResult =
  | {
      readonly ok: true;
      readonly ids: Int32Array;
      readonly nll: Float32Array;
      readonly top1: Float32Array | null;
      readonly entropy: Float32Array | null;
    }
  | { readonly ok: false; readonly reason: string };
