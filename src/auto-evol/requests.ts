import type { AutoSettings } from './options.js';

/** Requests by what they are for; of what can end early, the most that it sends. */
export interface OptimiserRequests {
  /** Instructions evolved, in batches and on the development set. */
  readonly evolve: number;
  readonly respond: number;
  /** Analyses and rewritten methods. */
  readonly optimise: number;
}

/** Of an optimisation that takes all of its steps. */
export function optimiserRequests(settings: AutoSettings): OptimiserRequests {
  if (!settings.optimise) return { evolve: 0, respond: 0, optimise: 0 };
  const [first, step] = [trialRequests(settings), stepRequests(settings)];
  const { steps } = settings;
  return {
    evolve: first.evolve + steps * step.evolve,
    respond: first.respond + steps * step.respond,
    optimise: first.optimise + steps * step.optimise,
  };
}

/** Of trying the first method. */
export const trialRequests = ({ development }: AutoSettings): OptimiserRequests => ({
  evolve: development,
  respond: development,
  optimise: 0,
});

/** Of one step. */
export function stepRequests({ batch, batchRounds, candidates, development }: AutoSettings): OptimiserRequests {
  const tried = candidates * development;
  return { evolve: tried + batch * batchRounds, respond: tried, optimise: 1 + candidates };
}

export const sumOf = ({ evolve, respond, optimise }: OptimiserRequests): number => evolve + respond + optimise;
