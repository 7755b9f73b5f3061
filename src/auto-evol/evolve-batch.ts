import type { Variant } from '../ask/variant.js';
import { attemptEvolution, type Attempt } from '../operations/attempt.js';
import type { Parent } from '../operations/eliminators/eliminator.js';
import { methodOperation } from './method.js';
import type { Optimisation } from './optimisation.js';

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
 * Evolves an instruction once. Only what gives no instruction at all is eliminated (preset `published`): what else is
 * wrong with it is the method's failure, and is counted.
 *
 * @param item The journal's name of it.
 * @throws EvosiftError as `Asker.ask`.
 */
export const evolveByMethod = (
  { context, evolver }: Optimisation,
  method: string,
  parent: Parent,
  item: string,
): Promise<Attempt> =>
  attemptEvolution(
    context,
    { plan: evolver, eliminate: 'published', maxCharacters: null },
    {
      stage: 'optimise',
      item,
      parent,
      operation: methodOperation(method),
      sample: 0,
      number: 0,
      draw: 0,
      siblings: [],
    },
  );

/**
 * Evolves every row for several rounds.
 *
 * @param step The optimiser's, from 1.
 * @throws EvosiftError as `Asker.ask`.
 */
export const evolveBatch = (
  optimisation: Optimisation,
  method: string,
  batch: readonly Variant[],
  rounds: number,
  step: number,
): Promise<Trajectory[]> => Promise.all(batch.map((seed) => evolveRow(optimisation, method, seed, rounds, step)));

async function evolveRow(
  optimisation: Optimisation,
  method: string,
  seed: Variant,
  rounds: number,
  step: number,
): Promise<Trajectory> {
  const stages: Stage[] = [];
  let { instruction } = seed;
  const { input } = seed;
  for (let round = 1; round <= rounds; round++) {
    const item = `step-${step}.${seed.seed}.${optimisation.generator}.${round}`;
    const evolved = await evolveByMethod(optimisation, method, { instruction, input }, item);
    if (evolved.status === 'survived') {
      ({ instruction } = evolved);
      stages.push({ instruction, problem: null });
    } else {
      stages.push({ instruction: null, problem: evolved.reason });
    }
  }
  return { seed, stages };
}
