import type { ResponseFailure, Variant, VariantScores } from './variant.js';
import type { FailureKind } from '../llm/request-error.js';

/** A variant that survived, with what was made of it. */
export interface Version {
  readonly variant: Variant;
  readonly op: string;
  /** The name of the generator that made it. */
  readonly generator: string;
  /** Why it has no response, where one was asked for. */
  readonly responseReason: ResponseFailure | FailureKind | null;
  /** Null where nothing is scored. */
  readonly scores: VariantScores | null;
}
