import type { FinishReason } from '../../llm/chat.js';
import type { ParsedAnswer } from '../../ask/answers/parse-answer.js';

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

export const ELIMINATOR_PRESETS = ['none', 'published', 'wizardlm', 'strict'] as const;
export type EliminatorPreset = (typeof ELIMINATOR_PRESETS)[number];

/** An instruction that is to be evolved, with what stands beside it. */
export interface Parent {
  readonly instruction: string;
  readonly input: string;
}

/** An evolved instruction, and all that eliminators judge it by. */
export interface Evolved extends ParsedAnswer {
  readonly finishReason: FinishReason;
  readonly parent: Parent;
  /** Other instructions made of the same parent. */
  readonly siblings: readonly string[];
  /** Another task of the same domain was asked for, rather than a harder one of the same task. */
  readonly breadth: boolean;
  readonly marker: string | null;
  /** As it was rendered. */
  readonly prompt: string;
  readonly maxCharacters: number | null;
}

/** A rule by which evolved instructions are thrown away. */
export interface Eliminator {
  readonly name: Elimination;
  /** @returns The evidence in one sentence; null where the rule does not hit. */
  readonly examine: (evolved: Evolved) => string | null;
}
