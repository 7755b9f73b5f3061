import type { ResponseFailure } from '../ask/examine-response.js';
import type { FailureKind } from '../llm/request-error.js';
import type { VerdictKind } from '../sandbox/index.js';
import type { TestCase } from './verifiers/examine-verifier.js';
import type { CheckFunction } from '../verify/verifier.js';
import type { NliLabel } from '../nli/load-nli.js';

/** Lines of a run's stage files, as they are written: what came of each item, and why something was dropped. */

type Fate = {
  readonly status: 'kept' | 'dropped' | 'failed';
  readonly reason: string | null;
  readonly detail: string | null;
};

/** `constraints.jsonl`: the seeds, then what was asked for beside them. */
export interface ConstraintLine extends Fate {
  /** Null where a request brought none. */
  readonly id: string | null;
  readonly constraint: string | null;
  readonly origin: 'seed' | 'augmented';
  /** The request that brought it, from 0; null of a seed. */
  readonly request: number | null;
}

/** `functions.jsonl`: a sample of a constraint. */
export interface FunctionLine extends Fate {
  /** The constraint's id. */
  readonly constraint: string;
  readonly sample: number;
  /** The function's id; null where the answer has none. */
  readonly id: string | null;
  readonly code: string | null;
  readonly cases: readonly TestCase[];
  /** Cases of the answer that can't be used, by reason. */
  readonly dropped_cases: Readonly<Record<string, number>>;
  /** Its agreement with the cases that some function agrees with; null where it was not run. */
  readonly accuracy: number | null;
}

/** What a function says in words, and whether that contradicts the constraint. */
export interface BackTranslation {
  /** The function's id. */
  readonly function: string;
  /** Null where the generator gave none. */
  readonly text: string | null;
  /** Null where it was not judged. */
  readonly label: NliLabel | null;
  /** Why it has no text, or no label. */
  readonly reason: string | null;
}

/** `verifiers.jsonl`: a constraint with the functions and cases that are left of its samples. */
export interface VerifierLine extends Fate {
  readonly id: string;
  readonly constraint: string;
  /** Where it was dropped. */
  readonly stage: 'functions' | 'cross_validation' | 'back_translation' | 'contradiction' | null;
  readonly functions: readonly CheckFunction[];
  readonly cases: readonly TestCase[];
  /** Distinct cases that no function agrees with. */
  readonly dropped_cases: number;
  readonly back_translations: readonly BackTranslation[];
}

/** `pairs.jsonl`: a query with its constraints; what is to be answered stands in `instruction`. */
export interface PairLine {
  readonly id: string;
  readonly constraints: readonly string[];
  /** The row of the queries' data, from 0. */
  readonly query_index: number;
  readonly query: string;
  readonly instruction: string;
  /** Constraints that were drawn as well and contradict one that it has. */
  readonly avoided: readonly string[];
}

/** `responses.jsonl`: an answer, and what its functions say of it. */
export interface ResponseLine extends Omit<Fate, 'reason'> {
  readonly reason: ResponseReason | null;
  /** The pair's id. */
  readonly pair: string;
  readonly sample: number;
  readonly response: string | null;
  readonly reasoning_content?: string;
  readonly functions: Readonly<Record<string, VerdictKind>>;
  /** Of the functions that said neither true nor false, why; absent where there are none. */
  readonly errors?: Readonly<Record<string, string>>;
  /** Null where it was not verified. */
  readonly accuracy: number | null;
  /** Null where it was not graded. */
  readonly grade: number | null;
}

/** `queries.jsonl`: a query that is left out. */
export interface QueryLine {
  /** Of its row in the data, from 0. */
  readonly index: number;
  readonly status: 'dropped';
  readonly reason: string;
}

/** Why an answer is dropped, in the order in which it is looked at; `outdone`: others of the same pair are better. */
export type ResponseReason =
  | ResponseFailure
  | FailureKind
  | 'no_response'
  | 'duplicate'
  | 'unverified'
  | 'unparsable_grade'
  | 'low_grade'
  | 'outdone';
