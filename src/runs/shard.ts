import { EvosiftError } from '../base/errors.js';
import type { Shard } from './run-identity.js';

/** Reads `I/N`, I from 1 to N. Throws `bad_argument`. */
export function parseShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const index = Number(match?.[1]);
  const count = Number(match?.[2]);
  if (index >= 1 && index <= count) return { index, count };
  throw new EvosiftError('bad_argument', `\`shard\` ${text}: should be I/N with I from 1 to N, e.g. 2/4`, {
    option: 'shard',
  });
}

/** The rows [from, to) of a shard: contiguous, and of sizes that differ by one at most. */
export function shardRange(rows: number, { index, count }: Shard): readonly [from: number, to: number] {
  return [Math.floor((rows * (index - 1)) / count), Math.floor((rows * index) / count)];
}
