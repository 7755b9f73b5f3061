import type { ReasonCode } from '../rows/example.js';
import type { FailureKind } from '../llm/request-error.js';

/** A version of a row: the seed itself (round 0), or what an operation made of its parent. */
export interface Variant {
  /** `SEED` for a seed, `SEED.GENERATOR.ROUND.SAMPLE` for what was made of it. */
  readonly id: string;
  /** The seed's id: the row's index as text. */
  readonly seed: string;
  readonly parent: string | null;
  readonly round: number;
  readonly instruction: string;
  /** Carried along unchanged; empty where there is none. */
  readonly input: string;
  /** The answer of this very instruction, never its parent's; null where it has none. */
  readonly response: string | null;
}

/** What is done to an instruction. Its prompt is `PROMPT.jinja` of the pack, rendered with instruction, input and `variables`. */
export interface Operation {
  /** As journal, lineage and summary call it, e.g. `deepening`. */
  readonly name: string;
  readonly prompt: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Makes a new instruction of the same domain rather than a harder one of the same task. */
  readonly breadth: boolean;
}

/** Which operation a row's round takes. `attempt` counts the tries after an elimination, from 0. */
export interface Schedule {
  operationFor(index: number, round: number, attempt: number): Operation;
}

/** Why an evolved instruction was thrown away: the names of the eliminators. */
export type Elimination =
  | 'empty'
  | 'unchanged'
  | 'near_duplicate'
  | 'sibling_duplicate'
  | 'refusal'
  | 'prompt_leak'
  | 'marker_leak'
  | 'missing_marker'
  | 'answered'
  | 'language_changed'
  | 'code_lost'
  | 'numbers_lost'
  | 'input_lost'
  | 'thinking_tags'
  | 'cut_off'
  | 'list_explosion'
  | 'too_long'
  | 'no_information_gain'
  | 'hard_to_answer'
  | 'stop_words_only';

export type EliminatorPreset = 'none' | 'published' | 'wizardlm' | 'strict';

/** What the worker that has an answer is to look for in it; cloneable. */
export type Examination =
  | {
      readonly kind: 'evolved';
      readonly preset: EliminatorPreset;
      readonly parent: { readonly instruction: string; readonly input: string };
      /** Other instructions made of the same parent so far. */
      readonly siblings: readonly string[];
      readonly breadth: boolean;
      /** What the pack says stands before the result in an answer; null where the whole answer is the result. */
      readonly marker: string | null;
      /** The rendered prompt, of which no marker may come back. */
      readonly prompt: string;
      /** The most characters that the scorer's context can hold, roughly; null where nothing is scored. */
      readonly maxCharacters: number | null;
    }
  | { readonly kind: 'response'; readonly instruction: string }
  | { readonly kind: 'text' };

/** What an examination found. */
export type Finding =
  | { readonly kind: 'evolved'; readonly instruction: string; readonly eliminated: null }
  | {
      readonly kind: 'evolved';
      readonly instruction: string | null;
      readonly eliminated: Elimination;
      readonly detail: string;
    }
  | { readonly kind: 'response'; readonly response: string; readonly failed: null }
  | { readonly kind: 'response'; readonly response: null; readonly failed: ResponseFailure }
  | { readonly kind: 'text'; readonly text: string };

/** Why an answer to an instruction is none. */
export type ResponseFailure = 'empty' | 'refusal' | 'cut_off' | 'thinking_tags';

/** The scores of a variant, null where it has none; as `rank` writes them. */
export interface VariantScores {
  readonly lossQ: number | null;
  readonly lossAGivenQ: number | null;
  readonly lossA: number | null;
  readonly ifd: number | null;
  readonly icIfd: number | null;
  readonly unscored: ReasonCode | null;
}

/**
 * A line of `lineage.jsonl`: every seed, and every attempt at making something of it. `status`: `seed`, `survived`,
 * `eliminated` (`reason` is the eliminator), `failed` (the request's failure), `outdone` (survived, but another
 * sample's IC-IFD was better), `skipped` (a seed that can't be evolved).
 */
export interface LineageLine {
  readonly id: string;
  readonly seed: string;
  readonly parent: string | null;
  readonly round: number;
  readonly op: string | null;
  readonly generator: string | null;
  readonly sample: number;
  readonly attempt: number;
  readonly status: 'seed' | 'survived' | 'eliminated' | 'failed' | 'outdone' | 'skipped';
  readonly reason: Elimination | FailureKind | ReasonCode | null;
  readonly detail: string;
  readonly instruction: string | null;
  readonly input: string;
  readonly response: string | null;
  /** Why there is no response, where one was asked for. */
  readonly response_reason: ResponseFailure | FailureKind | null;
  readonly loss_q?: number | null;
  readonly loss_a_given_q?: number | null;
  readonly loss_a?: number | null;
  readonly ifd?: number | null;
  readonly ic_ifd?: number | null;
  readonly score_reason?: ReasonCode | null;
}
