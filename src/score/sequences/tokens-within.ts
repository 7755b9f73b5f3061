import type { EncodingWithOffsets } from '../../text/tokenizer.js';
import type { Place } from '../../rows/message-parts.js';
import type { Range } from './row-builder.js';

/**
 * The tokens of a part of a text, which has no blanks at its ends: those of which all that is not blank belongs to it. A
 * word's token may begin with blanks before the part, one of punctuation end with line ends behind it.
 *
 * @param place In code points.
 */
export function tokensWithin({ ids, offsets }: EncodingWithOffsets, [from, to]: Place, text: string): Range {
  const begins = (token: number): number => offsets[2 * token] ?? 0;
  const ends = (token: number): number => offsets[2 * token + 1] ?? 0;
  const characters = (begin: number, end: number): string => Array.from(text).slice(begin, end).join('').trim();
  const isOfPart = (token: number): boolean =>
    characters(begins(token), from) === '' &&
    characters(to, ends(token)) === '' &&
    characters(Math.max(begins(token), from), Math.min(ends(token), to)) !== '';

  let first = 0;
  while (first < ids.length && ends(first) <= from) first++;
  if (first < ids.length && begins(first) < from && !isOfPart(first)) first++;
  let after = first;
  while (after < ids.length && begins(after) < to) after++;
  if (after > first && ends(after - 1) > to && !isOfPart(after - 1)) after--;
  return [first, after];
}

/** How many tokens end at a position (in code points) or before it. */
export function tokensBefore({ ids, offsets }: EncodingWithOffsets, position: number): number {
  let count = 0;
  while (count < ids.length && (offsets[2 * count + 1] ?? 0) <= position) count++;
  return count;
}
