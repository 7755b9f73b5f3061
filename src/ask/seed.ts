import type { ReasonCode } from '../rows/example.js';
import type { Variant } from './variant.js';

/** A row to evolve, or why it can't be. */
export type Seed =
  | {
      readonly ok: true;
      /** The row's position in the data, from 0. */
      readonly index: number;
      readonly variant: Variant;
      /** What the row has beside its last question and the answer to it. */
      readonly ignored: readonly ('system' | 'tools' | 'history')[];
    }
  | { readonly ok: false; readonly index: number; readonly reason: ReasonCode; readonly detail: string };
