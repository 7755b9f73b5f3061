import type { ReasonCode } from '../rows/example.js';
import type { Variant } from './variant.js';

/** A row to evolve, or why it can't be. */
export type Seed =
  | {
      readonly ok: true;
      /** The row's position in the data, from 0. */
      readonly index: number;
      readonly variant: Variant;
    }
  | { readonly ok: false; readonly index: number; readonly reason: ReasonCode; readonly detail: string };
