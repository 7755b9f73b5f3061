import type { ResponseFailure } from '../ask/examine-response.js';
import type { Variant } from '../ask/variant.js';
import type { FailureKind } from '../llm/request-error.js';
import type { TextScores } from '../score/scoring-stream.js';

/** A variant that survived, with what was made of it. */
export interface Survivor {
  readonly variant: Variant;
  readonly op: string;
  /** The name of the generator that made it. */
  readonly generator: string;
  /** Why it has no response, where one was asked for. */
  readonly responseReason: ResponseFailure | FailureKind | null;
  /** Null where nothing is scored. */
  readonly scores: TextScores | null;
}
