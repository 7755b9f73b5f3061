import { createHash } from 'node:crypto';
import { generatorIdentity } from '../ask/identity.js';
import type { AutoSettings } from '../auto-evol/options.js';

/** How Auto-Evol finds its method; `method` is the file's text, null where the prompt pack has it. */
export function autoIdentity(settings: AutoSettings, method: string | null): object {
  const { optimise, steps, batch, batchRounds, candidates, development, patience, objective, optimiser, seed } =
    settings;
  return {
    method: method === null ? null : createHash('sha256').update(method).digest('hex'),
    ...(optimise && {
      steps,
      batch,
      batch_rounds: batchRounds,
      candidates,
      development,
      patience,
      objective,
      seed,
      optimiser: optimiser === undefined ? null : generatorIdentity(optimiser),
    }),
  };
}
