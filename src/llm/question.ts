import type { ChatMessage, Completion, Sampling } from './chat.js';
import type { GeneratorPlan } from './generator.js';
import type { FailureKind } from './request-error.js';

/** What a request is for. Neither order nor time is in it, so that a run finds its answers again whatever came between. */
export interface JournalKey {
  /** What asks: `evolve`, `respond`, `optimise`, … */
  readonly stage: string;
  /** What it is about: a seed's or a variant's id. */
  readonly item: string;
  readonly operation: string;
  /** Equal prompts with different sample numbers are different requests. */
  readonly sample: number;
  /** From 0; a try with something changed, not the same request sent once more. */
  readonly attempt: number;
}

export interface Question {
  readonly key: JournalKey;
  readonly plan: GeneratorPlan;
  readonly messages: readonly ChatMessage[];
  readonly sampling: Sampling;
  /** What the worker that has the answer is to look for in it; null where nothing. Must be cloneable. */
  readonly examination: unknown;
}

/** What came of a question. `finding` is what the examination found. */
export type Answered<Finding> =
  | { readonly ok: true; readonly completion: Completion; readonly finding: Finding; readonly journaled: boolean }
  | { readonly ok: false; readonly kind: FailureKind; readonly detail: string };

/** Asks generators within their limits and keeps their answers. */
export interface Asker {
  /**
   * A request that was given up on is answered `ok: false`.
   *
   * @throws EvosiftError `aborted`, `closed`, `budget_spent`, `breaker_open`, `replay_miss`, `disk_full`.
   */
  ask<Finding>(question: Question): Promise<Answered<Finding>>;
}
