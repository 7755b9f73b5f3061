import { numberIn, onlyNumber } from '../../ask/answers/number-on-scale.js';
import type { Completion } from '../../llm/chat.js';
import { findVerdict, type VerdictAsked, type VerdictFinding } from './find-verdict.js';

/** From the easiest to the hardest; the position from 1 is the level as a number. */
export const DIFFICULTIES = ['very_easy', 'easy', 'medium', 'hard', 'very_hard'] as const;
export type Difficulty = (typeof DIFFICULTIES)[number];

/** From 1 to 5. */
export const difficultyNumber = (level: Difficulty): number => DIFFICULTIES.indexOf(level) + 1;

const HARDEST = DIFFICULTIES.length;
const WORDS = String.raw`(?:very[\s_-]*)?(?:easy|hard)|medium`;

/** "very hard", "**Hard** (4/5)", "hard, since …": a level that nothing takes back ("hard to say", "medium to hard"). */
const IN_WORDS = new RegExp(String.raw`^[^\p{L}\p{N}]*(${WORDS})(?=\s*(?:$|[^\p{L}\p{N}\s]))(.*)$`, 'isu');
const ALONE = new RegExp(String.raw`^[^\p{L}\p{N}]*(?:${WORDS})[^\p{L}\p{N}]*$`, 'iu');

/** Examines an answer to `judge-difficulty`. */
export const examineDifficulty = (asked: VerdictAsked, completion: Completion): VerdictFinding<Difficulty> =>
  findVerdict(asked, completion, {
    key: 'difficulty',
    read: levelIn,
    readAlone: (said) => (ALONE.test(said) || onlyNumber(said, HARDEST) !== null ? levelIn(said) : null),
  });

function levelIn(said: string): Difficulty | null {
  const line = said.normalize('NFKC');
  const [, word, rest = ''] = IN_WORDS.exec(line) ?? [];
  if (word === undefined) return numbered(line);
  const level = levelOf(word);
  return wordsIn(rest).every((other) => other === level) && agrees(level, rest) ? level : null;
}

/** "4", "4/5", "4 (hard)". */
function numbered(line: string): Difficulty | null {
  const number = numberIn(line, HARDEST);
  const level = number === null ? undefined : DIFFICULTIES[number - 1];
  return level !== undefined && wordsIn(line).every((other) => other === level) ? level : null;
}

/** Whether a number of five that follows the word says the same. */
function agrees(level: Difficulty, rest: string): boolean {
  const [, number] = /^[^\p{L}\p{N}]*(\d+)(?:\s*(?:\/|out of)\s*5)?(?![\p{L}\p{N}])/iu.exec(rest) ?? [];
  return number === undefined || Number(number) === difficultyNumber(level);
}

const wordsIn = (text: string): readonly Difficulty[] =>
  (text.match(new RegExp(String.raw`(?<![\p{L}\p{N}])(?:${WORDS})(?![\p{L}\p{N}])`, 'giu')) ?? []).map(levelOf);

function levelOf(word: string): Difficulty {
  const name = word.toLowerCase().replace(/^very[\s_-]*/, 'very_');
  const level = DIFFICULTIES.find((one) => one === name);
  if (level === undefined) throw new TypeError(`${word} is no level`);
  return level;
}
