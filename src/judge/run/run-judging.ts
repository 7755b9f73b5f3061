import { keptRows } from '../../ask/generation-options.js';
import { openFleet, windowOf } from '../../ask/open-fleet.js';
import { startReport, type StartReport } from '../../ask/progress.js';
import { Questions } from '../../ask/questions.js';
import { stoppedIn } from '../../ask/stop.js';
import { workInOrder } from '../../ask/work-in-order.js';
import { abortOf, throwIfAborted } from '../../async/abort.js';
import { PartFile } from '../../files/part-file.js';
import { JUDGE_RUN, openGenerationRun, type GenerationRun, type JudgeFile } from '../../runs/generation-run.js';
import { planJudging, type JudgePlan, type OpenTask } from './judge-plan.js';
import { NonsenseBreaker } from './nonsense-breaker.js';
import type { JudgeSettings } from './options.js';

/** What every judging says beside its own summary. All but `start` is the same however often the run was stopped. */
export interface JudgingReport {
  /** Everything was judged, or came to a reason why not. */
  readonly complete: boolean;
  readonly start: StartReport;
}

/** Where a judging went. */
export interface JudgingPlace {
  /** The run directory. */
  readonly out: string;
  /** The file of the verdicts. */
  readonly verdicts: string;
}

/** The part that all questions of a judging belong to. */
const PART = 'verdicts';

/**
 * Has something judged into a run directory and a file of verdicts, or goes on where an earlier start of the same run was
 * stopped: no request is sent whose answer is in the run's journal, and the files come out the same.
 *
 * @throws EvosiftError as `respond`; `breaker_open` also where answer after answer holds no verdict.
 */
export async function runJudging<Settings extends JudgeSettings, Item, Result, Summary extends object>(
  settings: Settings,
  open: OpenTask<Settings, Item, Result, Summary>,
): Promise<Summary & JudgingReport & JudgingPlace> {
  const { force, signal } = settings;
  throwIfAborted(signal);
  await using input = await keptRows(settings);
  const plan = await planJudging(input === null ? settings : { ...settings, data: [input.path] }, open);
  const { identity, start, out } = plan;
  await using run = await openGenerationRun(out, JUDGE_RUN, { identity, start, force, lock: input?.lock });
  await input?.settle();
  const verdicts = settings.verdicts ?? run.file('verdicts');
  try {
    const file = (): Promise<PartFile> =>
      settings.verdicts === undefined ? run.part('verdicts') : PartFile.open(settings.verdicts);
    return { ...(await judgeIn(run, plan, file)), out, verdicts };
  } catch (error) {
    throw stoppedIn(out, error, signal, `; ${verdicts} is written when all is judged`);
  }
}

async function judgeIn<Item, Result, Summary extends object>(
  run: GenerationRun<JudgeFile>,
  { settings, task, context }: JudgePlan<Item, Result, Summary>,
  open: () => Promise<PartFile>,
): Promise<Summary & JudgingReport> {
  const { generator: plan, retries, maxUnparsable, signal } = settings;
  await using fleet = await openFleet(run, 'workers/judge', [plan], settings);
  const breaker = new NonsenseBreaker(maxUnparsable, (error) => fleet.halt(error));
  const questions = new Questions();
  questions.plan(PART, task.total * task.questions);
  using report = startReport(fleet, questions, task.total, settings);
  await using file = await open();
  const judged = async (item: Item): Promise<{ readonly item: Item; readonly result: Result }> => {
    using asker = questions.share(PART, task.questions, fleet);
    return { item, result: await task.judge({ context: { ...context, asker }, plan, retries, breaker }, item) };
  };
  const stopped = await workInOrder(task.items(), windowOf(settings), judged, async ({ item, result }) => {
    report.rows++;
    await file.write(`${JSON.stringify(task.take(item, result))}\n`);
  });
  const end = stopped ?? abortOf(signal);
  await run.check();
  // Of a stopped start it would be a part of the verdicts, in the place of all those of an earlier one.
  if (end === null) await file.finish();
  const summary = { ...task.summary(), complete: end === null, start: report.report };
  await run.writeSummary(summary);
  if (end !== null) throw end;
  return summary;
}
