import type { AskContext } from '../ask/ask-prompt.js';
import { generatorIdentity, samplingFields, seedIdentity, type SeedIdentity } from '../ask/identity.js';
import { loadPrompts } from '../ask/prompts/load-prompts.js';
import type { Prompt } from '../ask/prompts/prompt.js';
import { RESPOND } from '../ask/respond-to.js';
import { promptSampling } from '../ask/sampling.js';
import { scoringIdentity } from '../ask/scoring/identity.js';
import { SeedSource } from '../ask/seeds.js';
import { EVOLVE_BY_METHOD, METHOD_INITIAL, readMethodFile } from '../auto-evol/method.js';
import { ANALYSE, REWRITE_METHOD } from '../auto-evol/optimiser.js';
import type { GeneratorPlan } from '../llm/generator.js';
import { operationsOf } from '../operations/operations.js';
import type { GenerationStart } from '../runs/generation-run.js';
import type { Scorer } from '../score/scorer.js';
import { dataName, runDirectory } from '../runs/run-name.js';
import type { EvolveSettings } from './evolve-options.js';
import { autoIdentity } from './identity.js';
import { randomSchedule, rotatingSchedule, type Schedule } from './schedule.js';

/** Everything about an evolution that is known before its first request. */
export interface EvolutionPlan {
  readonly seeds: SeedSource;
  /** Whom it asks is not known yet. */
  readonly context: Omit<AskContext, 'asker'>;
  readonly settings: EvolveSettings;
  /** Null where Auto-Evol's is yet to be found. */
  readonly schedule: Schedule | null;
  readonly identity: SeedIdentity & { readonly kind: 'evolve' };
  readonly start: GenerationStart;
  readonly out: string;
}

/** Who answers what a generator made: null where nobody does. */
export function responderOf({ respond, scorer }: EvolveSettings, evolver: GeneratorPlan): GeneratorPlan | null {
  if (typeof respond === 'object') return respond;
  return respond === true || scorer !== undefined ? evolver : null;
}

/** What evolutions ask. */
export const PROMPTS: readonly Prompt[] = [
  ...operationsOf('add').map(({ prompt }) => prompt),
  RESPOND,
  METHOD_INITIAL,
  EVOLVE_BY_METHOD,
  ANALYSE,
  REWRITE_METHOD,
];

/**
 * Opens the data and the prompts, and settles what is done and how.
 *
 * @param scorer Null where nothing is scored, or it is not loaded yet: what is scored with is part of the identity.
 * @throws EvosiftError `bad_data`, `bad_config`, `bad_argument`.
 */
export async function planEvolution(settings: EvolveSettings, scorer: Scorer | null): Promise<EvolutionPlan> {
  const { generators, auto, breadth, schedule, seed = 0, scoring = {}, signal } = settings;
  const prompts = await loadPrompts(PROMPTS, settings.prompts);
  const seeds = await SeedSource.open(settings);
  const operations = operationsOf(breadth);
  const evolving = auto === null ? operations[0]?.prompt : EVOLVE_BY_METHOD;
  const answered = responderOf(settings, generators[0] as GeneratorPlan) !== null;
  const methodText = auto?.methodFile === undefined ? null : await readMethodFile(auto.methodFile);
  const fieldsOf = (prompt = RESPOND): object => samplingFields(promptSampling(prompt, settings));
  const identity = {
    kind: 'evolve',
    ...seedIdentity(seeds),
    method: settings.method,
    auto: auto === null ? null : autoIdentity(auto, methodText),
    schedule: auto === null ? schedule : null,
    schedule_seed: auto === null && schedule === 'random' ? seed : null,
    breadth,
    eliminate: settings.eliminate,
    retries: settings.retries,
    best_of: settings.bestOf,
    with_seeds: settings.withSeeds,
    prompts: prompts.hash,
    generators: generators.map(generatorIdentity),
    sampling: { evolve: fieldsOf(evolving), respond: answered ? fieldsOf(RESPOND) : null },
    respond: typeof settings.respond === 'object' ? generatorIdentity(settings.respond) : answered,
    score: scorer === null ? null : await scoringIdentity(scorer, scoring, signal),
  } as const;
  const names = generators.map(({ name }) => name);
  const start = {
    paths: seeds.paths,
    generators: names,
    limit: settings.limit ?? null,
    rounds: settings.rounds,
    concurrency: settings.concurrency ?? null,
  };
  const settled = schedule === 'random' ? randomSchedule(operations, seed) : rotatingSchedule(operations);
  // Named without the step, so that a start whose engine would choose another one finds the run.
  const named = { ...identity, score: identity.score === null ? null : { ...identity.score, step_tokens: undefined } };
  const out = settings.out ?? runDirectory([dataName(settings.data), ...names, 'evolve'], named);
  const context = { prompts, sampling: settings };
  return { seeds, context, settings, schedule: auto === null ? settled : null, identity, start, out };
}
