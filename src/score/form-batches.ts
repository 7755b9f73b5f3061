import type { PackedBatch } from '../engine/engine.js';
import type { ScoredSequence } from './sequences/prepared-row.js';

/** A sequence, and its position in the list that it came from. */
export interface Member {
  readonly sequence: ScoredSequence;
  readonly position: number;
}

/** A packed batch and its sequences, in the order in which they are packed. */
export interface FormedBatch {
  readonly batch: PackedBatch;
  readonly members: readonly Member[];
}

/**
 * Deals sequences, longest first, each into the batch that is the least full: tokens per batch are even to within the
 * short sequences that are dealt last.
 *
 * @param batchTokens Tokens in a batch, about; one longer sequence makes a batch of its own.
 * @param isWanted Those that there is something to compute of: default, the ones with spans.
 */
export function formBatches(
  sequences: readonly ScoredSequence[],
  batchTokens: number,
  isWanted: (sequence: ScoredSequence) => boolean = hasTargets,
): FormedBatch[] {
  const members = sequences
    .map((sequence, position) => ({ sequence, position }))
    .filter(({ sequence }) => isWanted(sequence))
    .sort((left, right) => right.sequence.ids.length - left.sequence.ids.length);
  const total = members.reduce((sum, { sequence }) => sum + sequence.ids.length, 0);
  const count = Math.max(1, Math.round(total / batchTokens));
  const hands = Array.from({ length: count }, (): Hand => ({ tokens: 0, members: [] }));
  for (const member of members) {
    const hand = hands.reduce((least, other) => (other.tokens < least.tokens ? other : least));
    hand.members.push(member);
    hand.tokens += member.sequence.ids.length;
  }
  return hands.filter((hand) => hand.members.length > 0).map((hand) => ({ batch: pack(hand), members: hand.members }));
}

const hasTargets = ({ spans }: ScoredSequence): boolean => spans.length > 0;

/** A batch while sequences are being dealt. */
interface Hand {
  tokens: number;
  readonly members: Member[];
}

function pack({ tokens: total, members }: Hand): PackedBatch {
  const tokens = new Int32Array(total);
  const starts = new Int32Array(members.length + 1);
  const spans = new Int32Array(members.reduce((sum, { sequence }) => sum + sequence.spans.length, 0));
  let start = 0;
  let spanAt = 0;
  for (const [number, { sequence }] of members.entries()) {
    tokens.set(sequence.ids, start);
    for (const position of sequence.spans) spans[spanAt++] = start + position;
    start += sequence.ids.length;
    starts[number + 1] = start;
  }
  return { tokens, starts, spans };
}

/** How many positions a sequence's spans hold. */
export function targetCount(sequence: ScoredSequence): number {
  let count = 0;
  for (const [number, position] of sequence.spans.entries()) count += number % 2 === 0 ? -position : position;
  return count;
}
