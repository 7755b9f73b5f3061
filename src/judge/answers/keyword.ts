import { beginsAsRefusal } from '../../ask/answers/refusal-phrases.js';
import { unwrap } from '../../ask/answers/unwrap.js';
import type { Completion } from '../../llm/chat.js';
import { findVerdict, type VerdictAsked, type VerdictFinding } from './find-verdict.js';

/** Words of a phrase at most; what is longer sums nothing up. Without a marker no more than were asked for. */
const [MOST_WORDS, MOST_WORDS_ALONE] = [8, 5];

/** What stands where a phrase should. */
const PLACEHOLDER =
  /^[^\p{L}]*(?:phrase|none|n\/?a|null|nothing|unknown|unclear|tbd|not applicable|no idea)[^\p{L}]*$/iu;

/** Of the judge, not of the method. */
const OF_ITSELF = /^(?:i|i['’]m|we|sorry|unfortunately|as an ai)(?![\p{L}\p{N}-])/iu;

const SENTENCE = /[.!?。！？:;,]|(?<!\p{L})(?:is|are|was|were|it|this|that|you|i)(?!\p{L})/iu;

/** Examines an answer to `name-method`: a phrase of a few words, on one line. */
export const examineKeyword = (asked: VerdictAsked, completion: Completion): VerdictFinding<string> =>
  findVerdict(asked, completion, { key: 'keyword', read: phraseIn, readAlone: phraseAlone });

function phraseIn(said: string): string | null {
  const phrase = unwrap(said, '', '')
    .replace(/^[*_\s]+|[*_\s]+$/g, '')
    .replace(/(?<=\p{L})\.$/u, '');
  if (!/\p{L}/u.test(phrase) || phrase.includes('\n') || PLACEHOLDER.test(phrase)) return null;
  if (OF_ITSELF.test(phrase) || beginsAsRefusal(phrase)) return null;
  return wordsOf(phrase) > MOST_WORDS ? null : phrase;
}

function phraseAlone(said: string): string | null {
  const phrase = phraseIn(said);
  return phrase === null || wordsOf(phrase) > MOST_WORDS_ALONE || SENTENCE.test(phrase) ? null : phrase;
}

const wordsOf = (phrase: string): number => phrase.split(/\s+/).length;
