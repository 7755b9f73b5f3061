import type { Evolved, Eliminator } from './eliminator.js';
import { shown, wordsOf } from '../../ask/answers/words.js';

const ITEM = /^[ \t]*(?:\(?\d{1,3}[.)]|[-*•–]|\(?[a-z][.)])[ \t]+\S/gim;
/** Several versions where one was asked for. */
const VERSION =
  /^[ \t]*(?:#+[ \t]*|\*\*)?(?:version|option|prompt|instruction|variante?|versión|opción)[ \t]*#?\d+(?:\*\*)?[ \t]*[:.)-]/gim;

const MOST_ITEMS = 9;
const MOST_VERSIONS = 2;
/** Times that a line or sentence of at least `FEWEST_WORDS` words may come. */
const MOST_REPEATED = 3;
const FEWEST_WORDS = 4;

/** The instruction has become a list, or goes round in circles, as small models do. Lists of the parent are allowed for. */
export const listExplosion: Eliminator = {
  name: 'list_explosion',
  examine: (candidate) =>
    tooMany(candidate, ITEM, MOST_ITEMS, 'list items') ?? severalVersions(candidate) ?? circle(candidate),
};

const severalVersions = (candidate: Evolved): string | null =>
  tooMany(candidate, VERSION, MOST_VERSIONS, 'versions of the instruction');

/** Up to twice as many as the parent's are taken for its own. */
function tooMany({ instruction, parent }: Evolved, pattern: RegExp, most: number, what: string): string | null {
  const count = instruction.match(pattern)?.length ?? 0;
  const allowed = Math.max(most, 2 * (parent.instruction.match(pattern)?.length ?? 0));
  return count > allowed ? `It holds ${count} ${what}; ${allowed} are allowed.` : null;
}

function circle({ instruction, parent }: Evolved): string | null {
  const counts = new Map<string, number>();
  for (const sentence of instruction.toLowerCase().split(/\n|(?<=[.!?])\s+|(?<=[。！？])/)) {
    const text = sentence.trim();
    if (wordsOf(text).length >= FEWEST_WORDS) counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const repeated = [...counts].find(
    ([text, count]) => count > MOST_REPEATED && !parent.instruction.toLowerCase().includes(text),
  );
  return repeated === undefined ? null : `It says ${repeated[1]} times: ${shown(repeated[0])}.`;
}
