import { beginsAsRefusal, isAboutRefusals } from './refusal-phrases.js';

/** A refusal is short; what is longer begins as one, but goes on to do what it was asked. */
const LONGEST_REFUSAL = 600;

/** What follows a first sentence in which only a part is refused. */
const STILL_ANSWERS = /```|^\s*(?:[-*•]|\d+[.)])\s.*\n\s*(?:[-*•]|\d+[.)])\s|\bhere (?:is|are)\b|\bhere['’]s\b/im;

/** Whether the whole of a text refuses what `instruction` asks for: precise rather than complete. */
export const isRefusal = (text: string, instruction: string): boolean =>
  text.length <= LONGEST_REFUSAL && beginsAsRefusal(text) && !STILL_ANSWERS.test(text) && !isAboutRefusals(instruction);
