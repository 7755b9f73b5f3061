import type { Eliminator } from './candidate.js';
import { beginsAsRefusal, isAboutRefusals } from '../../ask/answers/refusal-phrases.js';
import { shown, wordsOf } from '../../ask/answers/words.js';

/** A refusal is short; what is longer begins as one, but goes on to do what it was asked. */
const LONGEST_REFUSAL = 600;

/** What follows a first sentence in which only a part is refused. */
const STILL_ANSWERS = /```|^\s*(?:[-*•]|\d+[.)])\s.*\n\s*(?:[-*•]|\d+[.)])\s|\bhere (?:is|are)\b|\bhere['’]s\b/im;

/** Whether the whole of a text refuses what `instruction` asks for: precise rather than complete. */
export const isRefusal = (text: string, instruction: string): boolean =>
  text.length <= LONGEST_REFUSAL && beginsAsRefusal(text) && !STILL_ANSWERS.test(text) && !isAboutRefusals(instruction);

export const refusal: Eliminator = {
  name: 'refusal',
  examine: ({ instruction, parent }) =>
    isRefusal(instruction, parent.instruction) ? `The generator refuses: ${shown(instruction)}.` : null,
};

/** WizardLM's rule for answers that show an instruction to be too hard: "sorry" in fewer than 80 words. */
const HARD_WORDS = 80;

/** Whether an answer to `instruction` shows by the published rule that it was too hard. */
export const isHardToAnswer = (answer: string, instruction: string): boolean =>
  /\bsorry\b/i.test(answer) && !/\bsorry\b/i.test(instruction) && wordsOf(answer).length < HARD_WORDS;

export const hardToAnswer: Eliminator = {
  name: 'hard_to_answer',
  examine: ({ instruction, parent }) =>
    isHardToAnswer(instruction, parent.instruction) ? `It is short and says sorry: ${shown(instruction)}.` : null,
};
