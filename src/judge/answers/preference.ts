import type { Completion } from '../../llm/chat.js';
import { findVerdict, type VerdictAsked, type VerdictFinding } from './find-verdict.js';

/** Which of two answers is better, by the order in which they were shown. */
export type Preference = 'first' | 'second' | 'tie';

/** Words for it; the letters are those of other judges' prompts (`[[A]]`, `[[B]]`, `[[C]]`). */
const WORDS: Readonly<Record<Preference, readonly string[]>> = {
  first: ['1', 'one', 'a', 'first'],
  second: ['2', 'two', 'b', 'second'],
  tie: ['tie', 'tied', 'draw', 'equal', 'both', 'neither', 'c'],
};

const WORD = Object.values(WORDS).flat().join('|');
const THING = '(?:answer|assistant|response|model|output)';

/** "1", "**Answer 2**", "The first answer.", "[[A]]": a word that nothing takes back ("1 or 2", "1/2", "1.5"). */
const FORM = String.raw`^[^\p{L}\p{N}]*(?:the[ \t]+)?(?:${THING}[ \t]*#?[ \t]*)?(${WORD})(?:[ \t]+${THING})?`;
const ON_LINE = new RegExp(
  String.raw`${FORM}(?=[ \t]*(?:$|[^\p{L}\p{N}\s]))(?![.,-]\d)(?![ \t]*[/|,&<=>+]+[ \t]*(?:${WORD})(?![\p{L}\p{N}]))`,
  'iu',
);
const ALONE = new RegExp(String.raw`${FORM}[^\p{L}\p{N}]*$`, 'iu');

/** Examines an answer to `judge-pair`. */
export const examinePreference = (asked: VerdictAsked, completion: Completion): VerdictFinding<Preference> =>
  findVerdict(asked, completion, {
    key: 'better',
    read: (said) => preferenceIn(said, ON_LINE),
    readAlone: (said) => preferenceIn(said, ALONE),
  });

function preferenceIn(said: string, form: RegExp): Preference | null {
  const [, word] = form.exec(said.normalize('NFKC')) ?? [];
  if (word === undefined) return null;
  const found = (['first', 'second', 'tie'] as const).find((one) => WORDS[one].includes(word.toLowerCase()));
  return found ?? null;
}
