import { scoreFilesKnowing } from '../score/run/score-files.js';
import { autoSchedule } from '../auto-evol/method.js';
import { DATASET_LAYOUT } from './dataset.js';
import { plannedQuestions } from './planned-steps.js';
import { Questions, roundPart } from '../ask/questions.js';
import { chainParts, plansOf } from './chain-setting.js';
import { checkEvolveOptions, type EvolveOptions } from './evolve-options.js';
import { planEvolution, responderOf, type EvolutionPlan } from './evolution-plan.js';
import { GenerationRun } from '../runs/generation-run.js';
import { openFleet } from '../ask/open-fleet.js';
import { startReport, type StartReport } from '../ask/progress.js';
import { openScoring, type RunScoring } from './run-scoring.js';
import { findSchedules } from './schedules.js';
import { writeStories } from './write-stories.js';
import { stoppedIn } from '../ask/stop.js';
import type { EvolutionSummary } from './summary.js';

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
  checkEvolveOptions(options);
  const plan = await planEvolution(options);
  const { identity, start, out } = plan;
  await using run = await GenerationRun.open(out, { identity, start, force: options.force ?? false });
  try {
    return { ...(await evolveIn(run, plan, options)), out };
  } catch (error) {
    throw stoppedIn(out, error, options.signal);
  }
}

async function evolveIn(run: GenerationRun, plan: EvolutionPlan, options: EvolveOptions): Promise<EvolveReport> {
  await using scoring = options.scorer === undefined ? null : await openScoring(run, options.scorer, options);
  await using fleet = await openFleet(run, plansOf(options), options);
  const questions = planQuestions(plan, options);
  using report = startReport(fleet, questions, plan.seeds.total, options.onProgress);
  const setting = { plan, options, fleet, scoring, questions };
  const schedules = await findSchedules(run, setting);
  const chains = options.generators.map((generator, number) => {
    const schedule = schedules[number];
    if (schedule === undefined) throw new TypeError('every generator has a schedule');
    return chainParts(setting, generator, number, schedule);
  });

  const { rows, stopped, totals } = await writeStories(run, chains, plan, options, report);
  if (scoring !== null && stopped?.code !== 'aborted') await scoreDataset(run, scoring, rows, options);
  const summary = { ...totals.summary(), complete: stopped === null, start: report.report };
  await run.writeSummary(summary);
  if (stopped !== null) throw stopped;
  return summary;
}

/** The questions of all rounds, where every row can be evolved and nothing is thrown away. */
function planQuestions({ seeds, schedule }: EvolutionPlan, options: EvolveOptions): Questions {
  const questions = new Questions();
  const { rounds = 1, bestOf = 1, breadth } = options;
  const shape = { rounds, bestOf, addsBreadth: breadth === 'add' };
  // Unless breadth adds rows, one seed takes as many as any other.
  const [looked, times] = shape.addsBreadth ? [seeds.total, 1] : [Math.min(1, seeds.total), seeds.total];
  for (const generator of options.generators) {
    const answers = responderOf(options, generator) !== null;
    for (let index = 0; index < looked; index++) {
      // A method that is yet to be found takes as many as any other.
      const counts = plannedQuestions(schedule ?? autoSchedule(''), index, shape, answers);
      for (const [place, count] of counts.entries()) questions.plan(roundPart(place + 1), times * count);
    }
  }
  return questions;
}

/** Makes `scored/`, the scored run of the rows that were made, from losses that are known. */
async function scoreDataset(
  run: GenerationRun,
  { losses, scorer }: RunScoring,
  rows: number,
  { scoring = {}, signal }: EvolveOptions,
): Promise<void> {
  await losses.flush();
  if (rows === 0) return;
  const out = run.file('scored');
  const data = [run.file('dataset')];
  await scoreFilesKnowing(scorer, { ...scoring, ...DATASET_LAYOUT, data, out, force: true, signal }, losses);
}
