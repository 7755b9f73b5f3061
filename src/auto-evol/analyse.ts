import { excerpt } from './excerpt.js';
import type { Trajectory } from './evolve-batch.js';
import type { MethodParts } from './method-parts.js';
import { askOptimiser } from './optimiser-question.js';

/** What the optimiser found wrong with the way that a method evolves. */
export type Analysis =
  { readonly ok: true; readonly feedback: string } | { readonly ok: false; readonly detail: string };

/** Characters of trajectories in a prompt: about 6,000 tokens of English. */
const MOST_CHARACTERS = 24_000;

/** Times that the trajectories are shortened for an optimiser with a small context, by half each time. */
const SHORTENINGS = 4;

/**
 * Has a step's trajectories analysed.
 *
 * @param step From 1.
 * @throws EvosiftError as `Asker.ask`.
 */
export async function analyse(
  parts: MethodParts,
  method: string,
  trajectories: readonly Trajectory[],
  step: number,
): Promise<Analysis> {
  for (let attempt = 0; ; attempt++) {
    const shown = shorten(trajectories, MOST_CHARACTERS / 2 ** attempt);
    const answer = await askOptimiser(parts, {
      operation: 'analyse',
      prompt: 'analyse',
      variables: { method, trajectories: shown },
      item: `step-${step}.${parts.generator}`,
      sample: 0,
      attempt,
    });
    if (answer.ok) {
      const { text } = answer;
      return text === null ? { ok: false, detail: 'there is nothing in the answer' } : { ok: true, feedback: text };
    }
    if (answer.kind !== 'context_overflow' || attempt >= SHORTENINGS) {
      return { ok: false, detail: `${answer.kind}: ${answer.detail}` };
    }
  }
}

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
