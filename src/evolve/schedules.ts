import { join } from 'node:path';
import type { GeneratorPlan } from '../llm/generator.js';
import { makeAutoSchedule } from '../auto-evol/make-auto-schedule.js';
import type { MethodTrial } from '../auto-evol/method-trial.js';
import type { Schedule, Variant } from './variant.js';
import type { ChainSetting } from './chain-setting.js';
import { responderOf } from './evolution-plan.js';
import type { GenerationRun } from '../runs/generation-run.js';
import type { SeedSource } from '../ask/seeds.js';

/**
 * The schedule of each generator. Auto-Evol's is a method that each finds for itself.
 *
 * @throws EvosiftError as `makeAutoSchedule`.
 */
export async function findSchedules(
  run: GenerationRun,
  { plan, options, fleet, scoring, questions }: ChainSetting,
): Promise<readonly Schedule[]> {
  const { schedule, auto, prompts, sampling, seeds } = plan;
  if (schedule !== null) return options.generators.map(() => schedule);
  if (auto === null) throw new TypeError('a schedule is settled, or Auto-Evol finds it');
  const several = options.generators.length > 1;
  return Promise.all(
    options.generators.map(async (evolver, number) => {
      const parts = {
        asker: fleet,
        prompts,
        evolver,
        responder: responderOf(options, evolver) ?? evolver,
        optimiser: auto.optimiser ?? evolver,
        sampling,
        scoring: scoring?.stream ?? null,
        generator: number,
        questions,
        label: several ? `${evolver.name}, ` : '',
        // The fleet itself listens to the run's.
        signal: undefined,
      };
      const directory = several ? join(run.file('methods'), String(number)) : run.file('methods');
      const report = (trial: MethodTrial): void => options.logger?.info({}, trialText(evolver, trial));
      return (await makeAutoSchedule(parts, () => variants(seeds), auto, directory, report)).schedule;
    }),
  );
}

function trialText({ name }: GeneratorPlan, { id, reason, detail, development }: MethodTrial): string {
  const rate = development === null ? '' : `, ${(100 * development.rate).toFixed(0)} % of its rows fail`;
  return `${name}: method ${id} ${reason}${rate}${detail === '' ? '' : `: ${detail}`}`;
}

async function* variants(seeds: SeedSource): AsyncGenerator<Variant, void, undefined> {
  for await (const { seed } of seeds) if (seed.ok) yield seed.variant;
}
