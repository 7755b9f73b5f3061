import { dataName, runDirectory } from '../score/run/default-directory.js';
import type { Sampling } from '../llm/chat.js';
import type { GeneratorPlan } from '../llm/generator.js';
import { readMethodFile } from '../auto-evol/method-file.js';
import { settleAutoOptions, type AutoSettings } from '../auto-evol/options.js';
import { operationsOf } from '../operations/operations.js';
import { loadPrompts } from '../ask/prompts/load-prompts.js';
import type { PromptPack } from '../ask/prompts/prompt-pack.js';
import { stageSampling } from '../ask/sampling.js';
import { randomSchedule, rotatingSchedule } from './schedule.js';
import type { Schedule } from './variant.js';
import { DEFAULT_RETRIES, type EvolveOptions } from './evolve-options.js';
import type { GenerationStart } from '../runs/generation-run.js';
import {
  autoIdentity,
  generatorIdentity,
  samplingFields,
  scoringIdentity,
  seedIdentity,
  type SeedIdentity,
} from './identity.js';
import { SeedSource } from '../ask/seeds.js';

/** Everything about an evolution that is known before its first request. */
export interface EvolutionPlan {
  readonly seeds: SeedSource;
  readonly prompts: PromptPack;
  /** Before the generators' own settings. */
  readonly sampling: { readonly evolve: Sampling; readonly respond: Sampling; readonly optimise: Sampling };
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

/**
 * Opens the data and the prompts, and settles what is done and how.
 *
 * @throws EvosiftError `bad_data`, `bad_config`, `bad_argument`.
 */
export async function planEvolution(options: EvolveOptions): Promise<EvolutionPlan> {
  const { data, generators, method = 'evol', schedule = 'rotate', breadth = 'off', seed = 0 } = options;
  const prompts = await loadPrompts(options.prompts);
  const auto = method === 'auto' ? settleAutoOptions(options.auto ?? {}, options.scorer !== undefined) : null;
  const seeds = await SeedSource.open(options);
  const sampling = {
    evolve: stageSampling(auto === null ? 'evol' : 'auto', options),
    respond: stageSampling('respond', options),
    optimise: stageSampling('auto', options),
  };
  const answered = responderOf(options, generators[0] as GeneratorPlan) !== null;
  const methodText = auto === null || auto.methodFile === null ? null : await readMethodFile(auto.methodFile);
  const identity = {
    kind: 'evolve',
    ...seedIdentity(seeds),
    method,
    auto: auto === null ? null : autoIdentity(auto, methodText),
    schedule: auto === null ? schedule : null,
    schedule_seed: auto === null && schedule === 'random' ? seed : null,
    breadth,
    eliminate: options.eliminate ?? 'strict',
    retries: options.retries ?? DEFAULT_RETRIES,
    best_of: options.bestOf ?? 1,
    with_seeds: options.withSeeds ?? false,
    prompts: prompts.hash,
    generators: generators.map(generatorIdentity),
    sampling: { evolve: samplingFields(sampling.evolve), respond: answered ? samplingFields(sampling.respond) : null },
    respond: typeof options.respond === 'object' ? generatorIdentity(options.respond) : answered,
    score:
      options.scorer === undefined
        ? null
        : await scoringIdentity(options.scorer, options.scoring ?? {}, options.signal),
  } as const;
  const names = generators.map(({ name }) => name);
  const start = {
    paths: seeds.paths,
    generators: names,
    limit: options.limit ?? null,
    rounds: options.rounds ?? 1,
    concurrency: options.concurrency ?? null,
  };
  const operations = operationsOf(breadth);
  const settled = schedule === 'random' ? randomSchedule(operations, seed) : rotatingSchedule(operations);
  // Named without the step, so that a start whose engine would choose another one finds the run.
  const named = { ...identity, score: identity.score === null ? null : { ...identity.score, step_tokens: undefined } };
  const out = options.out ?? runDirectory([dataName(data), ...names, 'evolve'], named);
  return { seeds, prompts, sampling, schedule: auto === null ? settled : null, auto, identity, start, out };
}
