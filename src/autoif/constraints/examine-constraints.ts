import { isRefusal } from '../../ask/answers/refusal.js';
import { splitThinking } from '../../ask/answers/thinking.js';
import { unwrap } from '../../ask/answers/unwrap.js';
import { wordsOf } from '../../ask/answers/words.js';
import type { Completion } from '../../llm/chat.js';

/** Why a line of an answer is no constraint; `no_item`: it stands beside the list. */
export type ConstraintFlaw = 'too_short' | 'too_long' | 'no_item' | 'cut_off';

/** What an answer gives that was asked for constraints. */
export interface ConstraintsFinding {
  /** In the answer's order, equal ones too. */
  readonly constraints: readonly string[];
  readonly dropped: readonly { readonly text: string; readonly reason: ConstraintFlaw }[];
  /** Null where it gives at least one. */
  readonly failed: 'refusal' | 'empty' | 'thinking_tags' | null;
}

/** Words that a constraint has at least; of a script without spaces each character counts. */
const FEWEST_WORDS = 2;
/** Characters that a constraint has at most. */
const LONGEST = 200;

/** Examines an answer to `augment-constraints`. */
export function examineConstraints(_asked: null, { text: answer, finishReason }: Completion): ConstraintsFinding {
  const { text, thinking } = splitThinking(answer, '');
  if (text === '') return { constraints: [], dropped: [], failed: thinking === '' ? 'empty' : 'thinking_tags' };
  if (isRefusal(text, '')) return { constraints: [], dropped: [], failed: 'refusal' };
  const lines = listedLines(text);
  const constraints: string[] = [];
  const dropped: { text: string; reason: ConstraintFlaw }[] = [];
  for (const [place, { text: line, isItem }] of lines.entries()) {
    const isCut = finishReason === 'length' && place === lines.length - 1;
    const constraint = constraintIn(line);
    const reason = isCut ? 'cut_off' : isItem ? flawOf(constraint) : 'no_item';
    if (reason === null) constraints.push(constraint);
    else dropped.push({ text: reason === 'no_item' ? line : constraint, reason });
  }
  return { constraints, dropped, failed: constraints.length === 0 ? 'empty' : null };
}

function flawOf(constraint: string): ConstraintFlaw | null {
  if (wordsOf(constraint).length < FEWEST_WORDS) return 'too_short';
  return [...constraint].length > LONGEST ? 'too_long' : null;
}

interface Line {
  readonly text: string;
  readonly isItem: boolean;
}

/** "12.", "3)", "(4)", "5、", "- ", "* ", "• ", "a) ". */
const BULLET =
  /^(?:\*\*)?(?:\(?\d{1,4}(?:[.):](?=\s|\*|["'“]|\p{L})|[、．）])|\(\d{1,4}\)|[a-zA-Z]\)|[-*+•‣◦·–—](?=\s))[ \t]*(?:\*\*(?=\s))?/u;

/** What leads into a list, heads a part of it, or fences it: nothing that anybody would take for a constraint. */
const isFrame = (line: string): boolean =>
  /^(?:```|#{1,6}\s|[-*_=]{3,}$|[[\]{}]$)/.test(line) || /[:：](?:\*\*|__)?$/.test(line);

/**
 * Lines that hold something. Where some have a number or a bullet, the others are no items; where none has, all are,
 * unless most are too long to be: then it is prose.
 */
function listedLines(text: string): readonly Line[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !(isFrame(line) && !BULLET.test(line)));
  const bulleted = lines.filter((line) => BULLET.test(line)).length;
  const isList = bulleted > 0 && bulleted >= lines.length / 2;
  const isProse = !isList && lines.filter((line) => [...line].length <= LONGEST).length <= lines.length / 2;
  return lines.map((line) => ({
    text: line.replace(BULLET, '').trim(),
    isItem: isList ? BULLET.test(line) : !isProse && !isTalk(line),
  }));
}

/** "Sure! Here are five constraints.", "I hope these help." */
const isTalk = (line: string): boolean =>
  /^(?:sure|certainly|of course|okay|absolutely|here (?:are|is)|below (?:are|is)|these (?:are|constraints)|i hope|let me know|feel free)\b/i.test(
    line,
  );

/** "**Word limit:** Use at most 50 words" names what it then says. */
const TITLE = /^\*\*[^*\n]{1,40}?(?:[:：]\*\*|\*\*[ \t]*[:：–—])[ \t]*(?=\S+\s+\S+|\S{4,})/;

const constraintIn = (line: string): string =>
  unwrap(line.replace(TITLE, '').replace(/(["”'])[,;]$/, '$1'), '', '').replace(/\*\*([^*]+)\*\*/g, '$1');
