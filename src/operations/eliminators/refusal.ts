import type { Eliminator } from './eliminator.js';
import { isRefusal } from '../../ask/answers/refusal.js';
import { shown, wordsOf } from '../../ask/answers/words.js';

export const refusal: Eliminator = {
  name: 'refusal',
  examine: ({ instruction, parent }) =>
    isRefusal(instruction, parent.instruction) ? `The generator refuses: ${shown(instruction)}.` : null,
};

/** WizardLM's rule for answers that show an instruction to be too hard: "sorry" in fewer than 80 words. */
const HARD_WORDS = 80;

/** Whether an answer to `instruction` shows by the published rule that it was too hard. */
const isHardToAnswer = (answer: string, instruction: string): boolean =>
  /\bsorry\b/i.test(answer) && !/\bsorry\b/i.test(instruction) && wordsOf(answer).length < HARD_WORDS;

export const hardToAnswer: Eliminator = {
  name: 'hard_to_answer',
  examine: ({ instruction, parent }) =>
    isHardToAnswer(instruction, parent.instruction) ? `It is short and says sorry: ${shown(instruction)}.` : null,
};
