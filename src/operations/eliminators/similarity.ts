import type { Evolved, Eliminator } from './eliminator.js';
import { wordEdits } from './word-edits.js';
import { shown, wordsOf } from '../../ask/answers/words.js';

/** Texts with no more than this share of their words different are the same in other words … */
const MOST_EDITED = 0.15;

/** … unless one has this many words more: a condition that was added to a long text changes a small share of it. */
const MOST_ADDED = 3;

/** Evidence that two texts are the same but for case, spaces and the signs around them. */
export const isUnchanged = (a: string, b: string): boolean => folded(a) === folded(b);

const folded = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/^[\s\p{Pi}\p{Ps}"'*_]+|[\s\p{Pf}\p{Pe}"'*_.!?。！？]+$/gu, '');

/** How many words of `b` differ from `a`, where the two are nearly the same; else null. */
export function nearDuplicate(a: string, b: string): { readonly edits: number; readonly words: number } | null {
  const [one, other] = [wordsOf(a), wordsOf(b)];
  if (Math.abs(one.length - other.length) > MOST_ADDED) return null;
  const words = Math.max(one.length, other.length);
  const edits = wordEdits(one, other, Math.floor(words * MOST_EDITED));
  return edits === null || words === 0 ? null : { edits, words };
}

export const unchanged: Eliminator = {
  name: 'unchanged',
  examine: ({ instruction, parent }) =>
    isUnchanged(parent.instruction, instruction) ? 'It is the instruction that it was made of.' : null,
};

export const nearDuplicateOfParent: Eliminator = {
  name: 'near_duplicate',
  examine({ instruction, parent }) {
    const near = nearDuplicate(parent.instruction, instruction);
    return near && `Only ${near.edits} of ${near.words} words differ from the instruction that it was made of.`;
  },
};

export const siblingDuplicate: Eliminator = {
  name: 'sibling_duplicate',
  examine({ instruction, siblings }) {
    const twin = siblings.find((one) => isUnchanged(one, instruction) || nearDuplicate(one, instruction) !== null);
    return twin === undefined ? null : `It is nearly the same as another one made of its parent: ${shown(twin)}.`;
  },
};

/** WizardLM's first rule, which the published code has a large model judge: here, nothing but words has changed. */
export const noInformationGain: Eliminator = {
  name: 'no_information_gain',
  examine: (candidate: Evolved) => unchanged.examine(candidate) ?? nearDuplicateOfParent.examine(candidate),
};
