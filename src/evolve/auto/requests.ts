import type { AutoSettings } from './options.js';

/** Requests of an optimisation that takes all of its steps: the most that it can send. */
export interface OptimiserRequests {
  /** Instructions evolved, in batches and on the development set. */
  readonly evolve: number;
  readonly respond: number;
  /** Analyses and rewritten methods. */
  readonly optimise: number;
}

/** For an estimate before anything is sent. */
export function optimiserRequests(settings: AutoSettings): OptimiserRequests {
  const { optimise, steps, batch, batchRounds, candidates, development } = settings;
  if (!optimise) return { evolve: 0, respond: 0, optimise: 0 };
  const tried = (1 + steps * candidates) * development;
  return { evolve: tried + steps * batch * batchRounds, respond: tried, optimise: steps * (1 + candidates) };
}
