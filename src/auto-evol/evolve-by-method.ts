import { attemptEvolution, type Attempt } from '../operations/attempt.js';
import type { Variant } from '../evolve/variant.js';
import type { MethodParts } from './method-parts.js';
import { autoOperation } from './method.js';

/**
 * Evolves an instruction once. Only what gives no instruction at all is eliminated (preset `published`): what else is
 * wrong with it is the method's failure, and is counted.
 *
 * @param item The journal's name of it.
 * @throws EvosiftError as `Asker.ask`.
 */
export function evolveByMethod(
  { asker, prompts, evolver, sampling, signal }: MethodParts,
  method: string,
  parent: Pick<Variant, 'instruction' | 'input'>,
  item: string,
): Promise<Attempt> {
  return attemptEvolution(
    { asker, prompts, plan: evolver, sampling: sampling.evolve, eliminate: 'published', maxCharacters: null, signal },
    {
      stage: 'optimise',
      item,
      parent,
      operation: autoOperation(method),
      sample: 0,
      number: 0,
      draw: 0,
      siblings: [],
    },
  );
}
