import { createHash } from 'node:crypto';

/** A function that checks answers: Python that defines `evaluate(response)`. */
export interface CheckFunction {
  /** See `functionId`. */
  readonly id: string;
  readonly code: string;
  /** Its share of right verdicts over its constraint's cases, from 0 to 1; null where nobody measured it. */
  readonly accuracy: number | null;
}

/** A constraint on answers, and the functions that check it. */
export interface Verifier {
  /** See `constraintId`. */
  readonly id: string;
  readonly constraint: string;
  readonly functions: readonly CheckFunction[];
}

const ID_DIGITS = 12;

const idOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, ID_DIGITS);

/** Ids come from content, so that they mean the same in every run: this one of the text without blanks at its ends. */
export const constraintId = (constraint: string): string => idOf(constraint.trim());

/** Of the code as it is run. */
export const functionId = (code: string): string => idOf(code);
