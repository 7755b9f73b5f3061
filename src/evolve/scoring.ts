import type { Variant, VariantScores } from './variant.js';

/** Scores variants as they come; equal content is scored once. */
export interface Scoring {
  /** @throws EvosiftError `aborted`, `closed`, `engine_failed`. */
  score(variant: Variant): Promise<VariantScores>;
  /** About the most characters that the scorer's context holds. */
  readonly maxCharacters: number;
}
