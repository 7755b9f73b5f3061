import { join } from 'node:path';
import type { AskContext } from '../ask/ask-prompt.js';
import { CountingAsker } from '../ask/counting-asker.js';
import type { Questions } from '../ask/questions.js';
import type { SeedSource } from '../ask/seeds.js';
import type { Variant } from '../ask/variant.js';
import { findMethod, type MethodSearch } from '../auto-evol/find-method.js';
import type { MethodTrial } from '../auto-evol/method-trial.js';
import type { GeneratorPlan } from '../llm/generator.js';
import type { GenerationRun } from '../runs/generation-run.js';
import type { Scoring } from '../score/scoring-stream.js';
import { ASSUMPTIONS } from './assumptions.js';
import { responderOf, type EvolutionPlan } from './evolution-plan.js';
import type { EvolveSettings } from './evolve-options.js';

/**
 * The methods that the generators evolve by, each of which finds its own.
 *
 * @throws EvosiftError as `findMethod`.
 */
export async function findMethods(
  run: GenerationRun<'methods'>,
  { settings, seeds }: EvolutionPlan,
  context: AskContext,
  scoring: Scoring | null,
  questions: Questions,
): Promise<readonly string[]> {
  const searches = methodSearches(settings, context, scoring, questions);
  return Promise.all(
    searches.map(async (search) => {
      const directory = searches.length > 1 ? join(run.file('methods'), String(search.generator)) : run.file('methods');
      const report = (trial: MethodTrial): void => settings.logger?.info({}, trialText(search.evolver, trial));
      const count = new CountingAsker(ASSUMPTIONS);
      return (await findMethod(search, () => variants(seeds), directory, count, report)).method;
    }),
  );
}

/** What each generator finds its method with. */
export function methodSearches(
  settings: EvolveSettings,
  context: AskContext,
  scoring: Scoring | null,
  questions: Questions,
): readonly MethodSearch[] {
  const { generators, auto } = settings;
  if (auto === null) throw new TypeError('only Auto-Evol finds methods');
  return generators.map((evolver, generator) => ({
    context,
    settings: auto,
    evolver,
    responder: responderOf(settings, evolver) ?? evolver,
    optimiser: auto.optimiser ?? evolver,
    scoring,
    generator,
    questions,
    label: generators.length > 1 ? `${evolver.name}, ` : '',
  }));
}

function trialText({ name }: GeneratorPlan, { id, reason, detail, development }: MethodTrial): string {
  const rate = development === null ? '' : `, ${(100 * development.rate).toFixed(0)} % of its rows fail`;
  return `${name}: method ${id} ${reason}${rate}${detail === '' ? '' : `: ${detail}`}`;
}

export async function* variants(seeds: SeedSource): AsyncGenerator<Variant, void, undefined> {
  for await (const { seed } of seeds) if (seed.ok) yield seed.variant;
}
