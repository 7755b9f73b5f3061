import type { Fleet } from '../llm/fleet/fleet.js';
import type { GeneratorPlan } from '../llm/generator.js';
import type { ChainParts } from './evolve-row.js';
import type { Questions } from '../ask/questions.js';
import { DEFAULT_RETRIES, type EvolveOptions } from './evolve-options.js';
import { responderOf, type EvolutionPlan } from './evolution-plan.js';
import type { RunScoring } from './run-scoring.js';

/** All generators that a run asks, each once. */
export const plansOf = ({ generators, respond, auto }: EvolveOptions): GeneratorPlan[] => [
  ...new Map(
    [
      ...generators,
      ...(typeof respond === 'object' ? [respond] : []),
      ...(auto?.optimiser ? [auto.optimiser] : []),
    ].map((plan) => [plan.name, plan] as const),
  ).values(),
];

/** What the chains of a run have in common. */
export interface ChainSetting {
  readonly plan: EvolutionPlan;
  readonly options: EvolveOptions;
  readonly fleet: Fleet;
  readonly scoring: RunScoring | null;
  readonly questions: Questions;
}

/** What takes seeds through their rounds with a generator; `number` is its place among the run's. */
export function chainParts(
  { plan, options, fleet, scoring, questions }: ChainSetting,
  generator: GeneratorPlan,
  number: number,
  schedule: ChainParts['schedule'],
): ChainParts {
  const { prompts, sampling } = plan;
  const { retries = DEFAULT_RETRIES } = options;
  // The fleet itself listens to the run's signal: one listener in place of one for every question.
  const common = { asker: fleet, prompts, signal: undefined };
  const answering = responderOf(options, generator);
  return {
    evolver: {
      ...common,
      plan: generator,
      sampling: sampling.evolve,
      eliminate: options.eliminate ?? 'strict',
      maxCharacters: scoring?.stream.maxCharacters ?? null,
    },
    generator: number,
    schedule,
    rounds: options.rounds ?? 1,
    addsBreadth: options.breadth === 'add',
    retries,
    bestOf: options.bestOf ?? 1,
    responder: answering === null ? null : { ...common, plan: answering, sampling: sampling.respond, retries },
    scoring: scoring?.stream ?? null,
    questions,
  };
}
