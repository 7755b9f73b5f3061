import type { Completion } from '../../llm/chat.js';
import { findVerdict, type VerdictAsked, type VerdictFinding } from './find-verdict.js';

/** Which of two answers is better, by the order in which they were shown. */
export type Preference = 'first' | 'second' | 'tie';

/** Words for it; the letters are those of other judges' prompts (`[[A]]`, `[[B]]`, `[[C]]`). */
const WORDS: Readonly<Record<Preference, readonly string[]>> = {
  first: ['1', 'one', 'a', 'first'],
  second: ['2', 'two', 'b', 'second'],
  tie: ['equally good', 'equally bad', 'tie', 'tied', 'draw', 'equal', 'both', 'neither', 'c'],
};

const WORD = Object.values(WORDS).flat().join('|');
const ONE = [...WORDS.first, ...WORDS.second].join('|');
const THING = '(?:answer|assistant|response|model|output)';
const ITEM = String.raw`(?:the[ \t]+)?(?:${THING}[ \t]*#?[ \t]*)?(${ONE})(?:[ \t]+${THING})?`;

/** "It is a tie", "a tie": words before one that leave it what it is. */
const TIE_BEFORE = String.raw`(?:(?:it[ \t]+is|it['’]s|they[ \t]+are|both[ \t]+are)[ \t]+)?(?:an?[ \t]+)?(?=tie|draw|equal)`;

/** "1", "**Answer 2**", "The first answer.", "[[A]]", and the rest of the line. */
const FORM = new RegExp(
  String.raw`^[^\p{L}\p{N}]*(?:${TIE_BEFORE}|(?:the[ \t]+)?(?:${THING}[ \t]*#?[ \t]*)?)(${WORD})(?![\p{L}\p{N}])(?:[ \t]+${THING})?(.*)$`,
  'isu',
);

/** "Assistant 1 is better than Assistant 2": the label of the published prompt. */
const COMPARISON = new RegExp(
  String.raw`^[^\p{L}\p{N}]*${ITEM}[ \t]+is[ \t]+(?:(?:much|slightly|clearly|significantly)[ \t]+)?(better[ \t]+than|worse[ \t]+than|equal[ \t]+to|as[ \t]+good[ \t]+as)[ \t]+${ITEM}[^\p{L}\p{N}]*$`,
  'iu',
);

/** A reason may name whatever it wants. */
const REASON = /^[\s,;:.(–—-]*\b(?:as|because|since|for)\b/iu;

/** What takes a word back, or makes another of it: "1?", "1.5", "1 or", "A matter of taste", "1. No". */
const TAKEN_BACK =
  /^\s*(?:\?|[\p{L}\p{N}])|^[^\p{L}\p{N}]*(?:\d|(?:no|nope|not|or|and|but|wait|actually|rather|maybe|perhaps)(?![\p{L}\p{N}]))/iu;

/** The words as they are said amid others: there "a" is an article, and "one" and "c" may be anything. */
const NAMED =
  /(?<![\p{L}\p{N}])(?:1|2|[Aa]nswer [AaBb]|A|B|first|second|two|tie|tied|draw|equal|both|neither)(?![\p{L}\p{N}])/gu;

/** Examines an answer to `judge-pair`. */
export const examinePreference = (asked: VerdictAsked, completion: Completion): VerdictFinding<Preference> =>
  findVerdict(asked, completion, { key: 'better', read: preferenceIn, readAlone: preferenceAlone });

/** Of an answer that is nothing else, or whose last line is a comparison. */
function preferenceAlone(said: string): Preference | null {
  const compared = comparisonIn(said.trim().split('\n').at(-1) ?? '');
  if (compared !== null) return compared;
  const [, word, rest = ''] = FORM.exec(said.normalize('NFKC')) ?? [];
  return word === undefined || /[\p{L}\p{N}]/u.test(rest) ? null : meaningOf(word);
}

function preferenceIn(said: string): Preference | null {
  const line = said.normalize('NFKC');
  const [, word, rest = ''] = FORM.exec(line) ?? [];
  const compared = comparisonIn(line);
  if (compared !== null || word === undefined) return compared;
  const preference = meaningOf(word);
  if (REASON.test(rest)) return preference;
  const named = rest.match(NAMED) ?? [];
  return TAKEN_BACK.test(rest) || named.some((other) => meaningOf(other) !== preference) ? null : preference;
}

function comparisonIn(line: string): Preference | null {
  const [, one = '', relation, other = ''] = COMPARISON.exec(line.normalize('NFKC')) ?? [];
  const [left, right] = [meaningOf(one), meaningOf(other)];
  if (relation === undefined || left === right) return null;
  if (/^(?:equal|as)/i.test(relation)) return 'tie';
  return /^better/i.test(relation) ? left : right;
}

function meaningOf(word: string): Preference | null {
  const name = word.toLowerCase().replace(/^answer /, '');
  return (['first', 'second', 'tie'] as const).find((one) => WORDS[one].includes(name)) ?? null;
}
