import { unwrap } from '../../ask/answers/unwrap.js';
import type { Completion } from '../../llm/chat.js';
import { findVerdict, type VerdictAsked, type VerdictFinding } from './find-verdict.js';

/** Words of a phrase at most; what is longer sums nothing up. */
const MOST_WORDS = 8;

/** Examines an answer to `name-method`: a phrase of a few words, on one line. */
export const examineKeyword = (asked: VerdictAsked, completion: Completion): VerdictFinding<string> =>
  findVerdict(asked, completion, { key: 'keyword', read: phraseIn, readAlone: phraseIn });

function phraseIn(said: string): string | null {
  const phrase = unwrap(said, '', '')
    .replace(/^[*_\s]+|[*_\s]+$/g, '')
    .replace(/(?<=\p{L})\.$/u, '');
  if (!/\p{L}/u.test(phrase) || phrase.includes('\n') || /^PHRASE$/.test(phrase)) return null;
  return phrase.split(/\s+/).length > MOST_WORDS ? null : phrase;
}
