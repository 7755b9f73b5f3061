import type { Completion } from '../llm/chat.js';
import { isRefusal } from './answers/refusal.js';
import { splitThinking } from './answers/thinking.js';

/** Why an answer to an instruction is none. */
export type ResponseFailure = 'empty' | 'refusal' | 'cut_off' | 'thinking_tags';

/** What an answer to an instruction says. */
export interface ResponseFinding {
  /** Without what was thought aloud. */
  readonly text: string;
  /** What was thought, aloud or in a field of its own; null where nothing was. */
  readonly reasoning: string | null;
  /** Null where it answers. */
  readonly failed: ResponseFailure | null;
}

/** Examines the answer to an instruction. */
export function examineResponse(
  { instruction }: { readonly instruction: string },
  { text: answer, reasoning, finishReason }: Completion,
): ResponseFinding {
  const { text, thinking } = splitThinking(answer, instruction);
  const thought = reasoning ?? (thinking === '' ? null : thinking);
  return { text, reasoning: thought, failed: failureOf(text, thinking, instruction, finishReason === 'length') };
}

function failureOf(text: string, thinking: string, instruction: string, cut: boolean): ResponseFailure | null {
  if (cut) return 'cut_off';
  if (text === '') return thinking === '' ? 'empty' : 'thinking_tags';
  return isRefusal(text, instruction) ? 'refusal' : null;
}
