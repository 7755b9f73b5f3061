import type { Variant } from '../evolve/variant.js';
import { evolveByMethod } from './evolve-by-method.js';
import type { MethodParts } from './method-parts.js';

/** What a round made of an instruction; or why it made nothing of it, and the round after starts from the same one. */
export type Stage =
  { readonly instruction: string; readonly problem: null } | { readonly instruction: null; readonly problem: string };

/** A row's way through several rounds. */
export interface Trajectory {
  readonly seed: Variant;
  /** One a round. */
  readonly stages: readonly Stage[];
}

/**
 * Evolves every row for several rounds.
 *
 * @param step The optimiser's, from 1.
 * @throws EvosiftError as `Asker.ask`.
 */
export const evolveBatch = (
  parts: MethodParts,
  method: string,
  batch: readonly Variant[],
  rounds: number,
  step: number,
): Promise<Trajectory[]> => Promise.all(batch.map((seed) => evolveRow(parts, method, seed, rounds, step)));

async function evolveRow(
  parts: MethodParts,
  method: string,
  seed: Variant,
  rounds: number,
  step: number,
): Promise<Trajectory> {
  const stages: Stage[] = [];
  let { instruction } = seed;
  const { input } = seed;
  for (let round = 1; round <= rounds; round++) {
    const item = `step-${step}.${seed.seed}.${parts.generator}.${round}`;
    const evolved = await evolveByMethod(parts, method, { instruction, input }, item);
    if (evolved.status === 'survived') {
      ({ instruction } = evolved);
      stages.push({ instruction, problem: null });
    } else {
      stages.push({ instruction: null, problem: evolved.reason });
    }
  }
  return { seed, stages };
}
