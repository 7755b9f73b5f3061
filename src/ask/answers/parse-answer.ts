import { afterMarker } from './marker.js';
import { splitThinking } from './thinking.js';
import { unwrap } from './unwrap.js';

/** What an evolver's answer says. */
export interface ParsedAnswer {
  /** Empty where there is none. */
  readonly instruction: string;
  /** What was thought aloud; empty where nothing was. */
  readonly thinking: string;
  /** False where the answer should hold a marker and does not; then the whole answer is the instruction. */
  readonly markerFound: boolean;
}

/** What was asked for. */
export interface Asked {
  readonly parent: { readonly instruction: string; readonly input: string };
  readonly marker: string | null;
  /** As it was rendered. */
  readonly prompt: string;
}

/** Finds the instruction in an answer. */
export function parseAnswer(answer: string, { parent, marker, prompt }: Asked): ParsedAnswer {
  const { text, thinking } = splitThinking(answer, `${parent.instruction}\n${parent.input}`);
  const result = marker === null ? text : afterMarker(text, marker, parent.instruction);
  const instruction = unwrap(result ?? text, prompt, parent.instruction);
  return { instruction, thinking, markerFound: result !== null };
}
