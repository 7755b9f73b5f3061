import { keptRows } from '../ask/generation-options.js';
import { eachOnce } from '../ask/each-once.js';
import { openFleet } from '../ask/open-fleet.js';
import { startReport, type StartReport } from '../ask/progress.js';
import { Questions } from '../ask/questions.js';
import { ALPACA_LAYOUT } from '../ask/scoring/made-rows.js';
import { openScoring } from '../ask/scoring/run-scoring.js';
import { scoreDataset } from '../ask/scoring/score-dataset.js';
import { stoppedIn } from '../ask/stop.js';
import { throwIfAborted } from '../async/abort.js';
import { methodOperation } from '../auto-evol/method.js';
import type { GeneratorPlan } from '../llm/generator.js';
import { EVOLUTION_RUN, openGenerationRun, type EvolutionFile, type GenerationRun } from '../runs/generation-run.js';
import { borrowScorer } from '../score/run/borrow-scorer.js';
import type { Scorer } from '../score/scorer.js';
import { chainsOf } from './chains.js';
import { planEvolution, type EvolutionPlan } from './evolution-plan.js';
import { settleEvolveOptions, type EvolveOptions, type EvolveSettings } from './evolve-options.js';
import { SeedEvolver } from './evolve-seeds.js';
import { findMethods } from './find-methods.js';
import { constantSchedule, type Schedule } from './schedule.js';
import type { EvolutionSummary } from './summary.js';
import { writeResults } from './write-results.js';

/** `summary.json` of an evolution. All but `start` is the same however often the run was stopped. */
export interface EvolveReport extends EvolutionSummary {
  /** Every seed has gone through all its rounds. */
  readonly complete: boolean;
  readonly start: StartReport;
}

/**
 * Evolves the instructions of some rows into a run directory, or goes on where an earlier start of the same run was
 * stopped: no request is sent whose answer is in the run's journal, and the files come out the same.
 *
 * At a stop (the signal, a budget, an endpoint that is down) everything that is done is written before the error is
 * thrown.
 *
 * @throws EvosiftError `bad_argument`, `bad_data`, `bad_config`, `run_busy`, `run_mismatch`, `generator_unavailable`,
 *   `replay_miss`, `disk_full`; `budget_spent`, `breaker_open` and `aborted`, after which the same call goes on.
 */
export async function evolve(options: EvolveOptions): Promise<EvolveReport & { readonly out: string }> {
  const settings = settleEvolveOptions(options);
  const { out: named, force, signal } = settings;
  throwIfAborted(signal);
  const place = async (scorer: Scorer): Promise<string> => (await planEvolution(settings, scorer)).out;
  await using borrowed =
    settings.scorer === undefined ? null : await borrowScorer(settings.scorer, { out: named, force, place }, settings);
  const scorer = borrowed?.scorer ?? null;
  await using input = await keptRows(settings);
  const plan = await planEvolution(input === null ? settings : { ...settings, data: [input.path] }, scorer);
  const { identity, start, out } = plan;
  await using run = await openGenerationRun(out, EVOLUTION_RUN, { identity, start, force, lock: input?.lock });
  await input?.settle();
  try {
    return { ...(await evolveIn(run, plan, scorer)), out };
  } catch (error) {
    throw stoppedIn(out, error, signal);
  }
}

async function evolveIn(
  run: GenerationRun<EvolutionFile>,
  plan: EvolutionPlan,
  scorer: Scorer | null,
): Promise<EvolveReport> {
  const { settings } = plan;
  await using scoring = scorer === null ? null : await openScoring(run, scorer, settings);
  const stream = scoring?.stream ?? null;
  await using fleet = await openFleet(run, 'workers/evolve', generatorsOf(settings), settings);
  const context = { ...plan.context, asker: fleet };
  const questions = new Questions();
  const evolverBy = (scheduleOf: (generator: number) => Schedule): SeedEvolver =>
    new SeedEvolver(chainsOf(settings, context, stream, questions, scheduleOf));
  // A method that is yet to be found takes as many questions as any other.
  let evolver = evolverBy(() => plan.schedule ?? byMethod(''));
  await evolver.plan(plan.seeds.total);
  using report = startReport(fleet, questions, plan.seeds.total, settings);
  if (plan.schedule === null) {
    const methods = await findMethods(run, plan, context, stream, questions);
    evolver = evolverBy((generator) => byMethod(methods[generator] ?? ''));
  }

  const { rows, stopped, totals } = await writeResults(run, evolver, plan, report);
  if (scoring !== null && stopped?.code !== 'aborted') {
    await scoreDataset(run, scoring, { file: 'dataset', layout: ALPACA_LAYOUT, rows }, settings);
  }
  const summary = { ...totals.summary(), complete: stopped === null, start: report.report };
  await run.writeSummary(summary);
  if (stopped !== null) throw stopped;
  return summary;
}

const byMethod = (method: string): Schedule => constantSchedule(methodOperation(method));

/** All generators that an evolution asks. */
const generatorsOf = ({ generators, respond, auto }: EvolveSettings): readonly GeneratorPlan[] =>
  eachOnce([
    ...generators,
    ...(typeof respond === 'object' ? [respond] : []),
    ...(auto?.optimiser ? [auto.optimiser] : []),
  ]);
