import type { Trajectory } from './evolve-batch.js';

/** What the prompt shows of a row's way through the rounds. */
interface ShownTrajectory {
  readonly instruction: string;
  readonly input: string;
  readonly stages: readonly { readonly instruction: string | null; readonly problem: string | null }[];
}

/** Gives every text the same share of `characters`; what a short text leaves goes to the others. */
export function shorten(trajectories: readonly Trajectory[], characters: number): readonly ShownTrajectory[] {
  const lengths = trajectories.flatMap(({ seed, stages }) =>
    [seed.instruction, seed.input, ...stages.map(({ instruction }) => instruction ?? '')].map((text) => text.length),
  );
  const share = fairShare(lengths, characters);
  return trajectories.map(({ seed, stages }) => ({
    instruction: excerpt(seed.instruction, share),
    input: excerpt(seed.input, share),
    stages: stages.map(({ instruction, problem }) => ({
      instruction: instruction === null ? null : excerpt(instruction, share),
      problem,
    })),
  }));
}

/** The greatest length that all can be cut to so that together they are no more than `total`. */
function fairShare(lengths: readonly number[], total: number): number {
  const ascending = [...lengths].sort((a, b) => a - b);
  let left = total;
  for (const [place, length] of ascending.entries()) {
    const share = left / (ascending.length - place);
    if (length > share) return Math.floor(share);
    left -= length;
  }
  return Number.POSITIVE_INFINITY;
}

const OMISSION = ' […] ';

/** A text of `length` UTF-16 units at most: what is too long loses its middle, for both ends say what a task is about. */
function excerpt(text: string, length: number): string {
  if (text.length <= length) return text;
  const kept = Math.max(0, length - OMISSION.length);
  const tail = Math.floor(kept / 2);
  // A cut through a character takes its other half away as well.
  const begin = text.slice(0, kept - tail).replace(/[\uD800-\uDBFF]$/, '');
  const end = text.slice(text.length - tail).replace(/^[\uDC00-\uDFFF]/, '');
  return `${begin}${OMISSION}${end}`;
}
