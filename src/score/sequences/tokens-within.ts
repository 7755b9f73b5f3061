import type { EncodingWithOffsets } from '../../text/tokenizer.js';
import type { Place } from '../../rows/message-parts.js';
import type { Range } from './row-builder.js';

/**
 * The tokens of a part of a text: those whose own text all belongs to it. The first word's may begin with the blanks
 * before the part, as tokens of words do.
 *
 * @param place In code points.
 */
export function tokensWithin({ offsets }: EncodingWithOffsets, [from, to]: Place, text: string): Range {
  const begins = (token: number): number => offsets[2 * token] ?? 0;
  const ends = (token: number): number => offsets[2 * token + 1] ?? 0;
  const count = offsets.length / 2;
  let first = 0;
  while (first < count && begins(first) < from) first++;
  const before = first - 1;
  if (before >= 0 && ends(before) > from) {
    const characters = Array.from(text);
    const textOf = (begin: number, end: number): string => characters.slice(begin, end).join('').trim();
    if (textOf(begins(before), from) === '' && textOf(from, ends(before)) !== '') first = before;
  }
  let after = first;
  while (after < count && begins(after) < to && ends(after) <= to) after++;
  return [first, after];
}

/** How many tokens end at a position (in code points) or before it. */
export function tokensBefore({ ids, offsets }: EncodingWithOffsets, position: number): number {
  let count = 0;
  while (count < ids.length && (offsets[2 * count + 1] ?? 0) <= position) count++;
  return count;
}
