import type { AskContext } from '../ask/ask-prompt.js';
import { generatorIdentity, samplingFields, seedIdentity, type SeedIdentity } from '../ask/identity.js';
import { loadPrompts } from '../ask/prompts/load-prompts.js';
import type { Prompt } from '../ask/prompts/prompt.js';
import { RESPOND } from '../ask/respond-to.js';
import { promptSampling } from '../ask/sampling.js';
import { SeedSource } from '../ask/seeds.js';
import { EVOLVE_BY_METHOD, METHOD_INITIAL, readMethodFile } from '../auto-evol/method.js';
import { ANALYSE, REWRITE_METHOD } from '../auto-evol/optimiser.js';
import { settleAutoOptions, type AutoSettings } from '../auto-evol/options.js';
import type { GeneratorPlan } from '../llm/generator.js';
import { operationsOf } from '../operations/operations.js';
import type { GenerationStart } from '../runs/generation-run.js';
import { dataName, runDirectory } from '../score/run/default-directory.js';
import { fillEvolveOptions, type EvolutionSettings, type EvolveOptions } from './evolve-options.js';
import { autoIdentity, scoringIdentity } from './identity.js';
import { randomSchedule, rotatingSchedule, type Schedule } from './schedule.js';

/** Everything about an evolution that is known before its first request. */
export interface EvolutionPlan {
  readonly seeds: SeedSource;
  /** Whom it asks is not known yet. */
  readonly context: Omit<AskContext, 'asker'>;
  readonly settings: EvolutionSettings;
  /** Null where Auto-Evol's is yet to be found. */
  readonly schedule: Schedule | null;
  /** Null where Evol-Instruct evolves. */
  readonly auto: AutoSettings | null;
  readonly identity: SeedIdentity & { readonly kind: 'evolve' };
  readonly start: GenerationStart;
  readonly out: string;
}

/** Who answers what a generator made: null where nobody does. */
export function responderOf({ respond, scorer }: EvolveOptions, evolver: GeneratorPlan): GeneratorPlan | null {
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
 * @throws EvosiftError `bad_data`, `bad_config`, `bad_argument`.
 */
export async function planEvolution(options: EvolveOptions): Promise<EvolutionPlan> {
  const { data, generators, scorer } = options;
  const settings = fillEvolveOptions(options);
  const { method, breadth, seed } = settings;
  const prompts = await loadPrompts(PROMPTS, options.prompts);
  const auto = method === 'auto' ? settleAutoOptions(options.auto ?? {}, scorer !== undefined) : null;
  const seeds = await SeedSource.open(options);
  const operations = operationsOf(breadth);
  const evolving = auto === null ? operations[0]?.prompt : EVOLVE_BY_METHOD;
  const answered = responderOf(options, generators[0] as GeneratorPlan) !== null;
  const methodText = auto === null || auto.methodFile === null ? null : await readMethodFile(auto.methodFile);
  const fieldsOf = (prompt = RESPOND): object => samplingFields(promptSampling(prompt, options));
  const identity = {
    kind: 'evolve',
    ...seedIdentity(seeds),
    method,
    auto: auto === null ? null : autoIdentity(auto, methodText),
    schedule: auto === null ? settings.schedule : null,
    schedule_seed: auto === null && settings.schedule === 'random' ? seed : null,
    breadth,
    eliminate: settings.eliminate,
    retries: settings.retries,
    best_of: settings.bestOf,
    with_seeds: settings.withSeeds,
    prompts: prompts.hash,
    generators: generators.map(generatorIdentity),
    sampling: { evolve: fieldsOf(evolving), respond: answered ? fieldsOf(RESPOND) : null },
    respond: typeof options.respond === 'object' ? generatorIdentity(options.respond) : answered,
    score: scorer === undefined ? null : await scoringIdentity(scorer, options.scoring ?? {}, options.signal),
  } as const;
  const names = generators.map(({ name }) => name);
  const start = {
    paths: seeds.paths,
    generators: names,
    limit: options.limit ?? null,
    rounds: settings.rounds,
    concurrency: options.concurrency ?? null,
  };
  const settled = settings.schedule === 'random' ? randomSchedule(operations, seed) : rotatingSchedule(operations);
  // Named without the step, so that a start whose engine would choose another one finds the run.
  const named = { ...identity, score: identity.score === null ? null : { ...identity.score, step_tokens: undefined } };
  const out = options.out ?? runDirectory([dataName(data), ...names, 'evolve'], named);
  const context = { prompts, sampling: options };
  return { seeds, context, settings, schedule: auto === null ? settled : null, auto, identity, start, out };
}
