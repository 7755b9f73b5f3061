import type { Prompt } from '../ask/prompts/prompt.js';
import type { Sampling } from '../llm/chat.js';

/**
 * How answers are drawn of which several different ones are wanted. AutoIF (Dong et al., 2024) states no figures for it;
 * these, and 0 where one answer is wanted, are this project's choice.
 */
const VARIED: Partial<Sampling> = { temperature: 0.7, topP: 0.95 };

/** Makes new constraints of the kind of `examples`, a list, as many as `count`. */
export const AUGMENT_CONSTRAINTS: Prompt = {
  name: 'augment-constraints',
  variables: ['examples', 'count'],
  published: VARIED,
};

/** Has a function and test cases written that check a constraint. */
export const WRITE_VERIFIER: Prompt = { name: 'write-verifier', variables: ['constraint'], published: VARIED };

/** Has a function put into words: the constraint that it checks. */
export const BACK_TRANSLATE: Prompt = { name: 'back-translate', variables: ['code'], published: { temperature: 0 } };

/** Asks whether a constraint (`hypothesis`) goes with what its function checks (`premise`). */
export const JUDGE_CONTRADICTION: Prompt = {
  name: 'judge-contradiction',
  variables: ['premise', 'hypothesis'],
  published: { temperature: 0 },
};

/**
 * Has a query answered under `constraints`, a list.
 *
 * @param responses How many answers are wanted: several are drawn at the temperature of the published code.
 */
export const respondConstrained = (responses: number): Prompt => ({
  name: 'respond-constrained',
  variables: ['query', 'constraints'],
  published: { temperature: responses > 1 ? 0.7 : 0 },
});

/** Has it graded from 0 to 10 how well a response answers its query. */
export const GRADE: Prompt = {
  name: 'grade',
  variables: ['query', 'constraints', 'response'],
  published: { temperature: 0 },
};

/** What AutoIF asks. */
export const AUTOIF_PROMPTS: readonly Prompt[] = [
  AUGMENT_CONSTRAINTS,
  WRITE_VERIFIER,
  BACK_TRANSLATE,
  JUDGE_CONTRADICTION,
  respondConstrained(1),
  GRADE,
];
