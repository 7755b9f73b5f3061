import { parseAnswer, type Asked } from '../ask/answers/parse-answer.js';
import type { Completion } from '../llm/chat.js';
import type { Elimination, EliminatorPreset } from './eliminators/eliminator.js';
import { ELIMINATORS } from './eliminators/presets.js';

/** What an answer is held to that should hold an evolved instruction. */
export interface EvolvedAsked extends Asked {
  readonly preset: EliminatorPreset;
  /** Other instructions made of the same parent so far. */
  readonly siblings: readonly string[];
  readonly breadth: boolean;
  /** The most characters that the scorer's context can hold, roughly; null where nothing is scored. */
  readonly maxCharacters: number | null;
}

/** The instruction in an answer, or why it was thrown away. */
export type EvolvedFinding =
  | { readonly instruction: string; readonly eliminated: null }
  | { readonly instruction: string | null; readonly eliminated: Elimination; readonly detail: string };

/** Finds an evolved instruction in an answer. The first rule of the preset that hits is the reason against it. */
export function examineEvolved({ preset, ...asked }: EvolvedAsked, { text, finishReason }: Completion): EvolvedFinding {
  const parsed = parseAnswer(text, asked);
  const evolved = { ...asked, ...parsed, finishReason };
  for (const { name, examine } of ELIMINATORS[preset]) {
    const detail = examine(evolved);
    if (detail !== null) return { instruction: parsed.instruction || null, eliminated: name, detail };
  }
  return { instruction: parsed.instruction, eliminated: null };
}
