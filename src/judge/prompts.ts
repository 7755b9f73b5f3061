import type { Prompt } from '../ask/prompts/prompt.js';

/** A verdict is to be the same whenever it is asked for. */
const published = { temperature: 0 } as const;

/** Asks how hard an instruction is, on five levels. */
export const JUDGE_DIFFICULTY: Prompt = { name: 'judge-difficulty', variables: ['instruction', 'input'], published };

/** Asks for a score of an instruction from 0 to 100. */
export const JUDGE_SCORE: Prompt = { name: 'judge-score', variables: ['instruction', 'input'], published };

/** Asks which of two answers is better. */
export const JUDGE_PAIR: Prompt = {
  name: 'judge-pair',
  variables: ['instruction', 'input', 'first', 'second'],
  published,
};

/** Has a method of evolving summed up in a phrase. */
export const NAME_METHOD: Prompt = { name: 'name-method', variables: ['method'], published };
