import { keptRows } from '../ask/generation-options.js';
import { openFleet } from '../ask/open-fleet.js';
import { startReport, type StartReport } from '../ask/progress.js';
import { Questions } from '../ask/questions.js';
import { keepEarlierScores } from '../ask/scoring/keep-earlier-scores.js';
import { openScoring } from '../ask/scoring/run-scoring.js';
import { scoreDataset } from '../ask/scoring/score-dataset.js';
import { stoppedIn } from '../ask/stop.js';
import { throwIfAborted } from '../async/abort.js';
import type { Nli } from '../nli/load-nli.js';
import { writeDatasetInfo } from '../rank/dataset-info.js';
import { AUTOIF_RUN, openGenerationRun, type AutoifFile } from '../runs/generation-run.js';
import type { RunDirectory } from '../runs/run-directory.js';
import { openSandbox, rememberVerdicts, type Sandbox } from '../sandbox/index.js';
import { borrowScorer } from '../score/run/borrow-scorer.js';
import type { Scorer } from '../score/scorer.js';
import { generatorJudge, modelJudge } from './verifiers/contradiction-judge.js';
import type { Funnel } from './funnel.js';
import type { AutoifOptions } from './options.js';
import { settleAutoifOptions, type AutoifSettings } from './settle-options.js';
import { generatorsOf } from './pipeline.js';
import { planAutoif, type AutoifPlan } from './plan.js';
import type { RecordedResponses } from './answers/recorded-responses.js';
import { DPO_COLUMNS, DPO_ROW_LAYOUT, SFT_ROW_LAYOUTS } from './rows/row-shapes.js';
import { runPipeline } from './run-pipeline.js';
import { writeStages } from './write-stages.js';

/** `summary.json` of AutoIF. All but `start` is the same however often the run was stopped. */
export interface AutoifReport {
  /** What went into each stage, what came out, and why the rest did not. */
  readonly funnel: Funnel;
  /** Of `sft.jsonl` and `dpo.jsonl`. */
  readonly rows: { readonly sft: number; readonly dpo: number };
  /** Every item has gone through all stages. */
  readonly complete: boolean;
  readonly start: StartReport;
}

/**
 * AutoIF (arXiv 2406.13542): makes instructions whose constraints code can verify, and answers that pass that code, into a
 * run directory; or goes on where an earlier start of the same run was stopped. No request is sent whose answer is in the
 * run's journal, no function is run again whose verdict is known, and the files come out the same.
 *
 * @throws EvosiftError as `evolve`; `sandbox_unavailable`.
 */
export async function autoif(options: AutoifOptions): Promise<AutoifReport & { readonly out: string }> {
  const settings = settleAutoifOptions(options);
  const { out: named, force, signal, logger } = settings;
  throwIfAborted(signal);
  await using nli = settings.nli === undefined ? null : await openNli(settings.nli);
  const place = async (one: Scorer): Promise<string> => (await planAutoif(settings, one, nli?.hash ?? null)).out;
  await using borrowed =
    settings.scorer === undefined ? null : await borrowScorer(settings.scorer, { out: named, force, place }, settings);
  const scorer = borrowed?.scorer ?? null;
  await using input = await keptRows(settings);
  const plan = await planAutoif(
    input === null ? settings : { ...settings, data: [input.path] },
    scorer,
    nli?.hash ?? null,
  );
  const { python, caseTimeout, caseMemory, trustCode } = settings;
  await using sandbox = await openSandbox({ python, caseTimeout, caseMemory, trustCode, signal, logger });
  const { identity, start, out } = plan;
  await using run = await openGenerationRun(out, AUTOIF_RUN, { identity, start, force, lock: input?.lock });
  await input?.settle();
  try {
    return { ...(await runIn(run, plan, { scorer, nli, sandbox })), out };
  } catch (error) {
    throw stoppedIn(out, error, signal);
  }
}

/** Tokenizers and ONNX are loaded where they are needed. */
const openNli = async (directory: string): Promise<Nli> =>
  await (await import('../nli/load-nli.js')).loadNli(directory);

/** What a run works with that was opened before it. */
interface Tools {
  readonly scorer: Scorer | null;
  readonly nli: Nli | null;
  readonly sandbox: Sandbox;
}

async function runIn(
  run: RunDirectory<AutoifFile>,
  { settings, input, context }: AutoifPlan,
  { scorer, nli, sandbox }: Tools,
): Promise<AutoifReport> {
  await using fleet = await openFleet(run, 'workers/autoif', generatorsOf(settings), settings);
  await using remembered = await rememberVerdicts(sandbox, run.file('verdicts'));
  const questions = new Questions();
  const pipeline = {
    settings,
    context: { ...context, asker: fleet },
    questions,
    sandbox: remembered,
    contradictions: nli === null ? generatorJudge(settings) : modelJudge(nli),
  };
  using report = startReport(fleet, questions, input.queries.total, settings);
  await using stages = await writeStages(run, settings.dpo);
  const { funnel, rows, stopped } = await runPipeline(pipeline, input, stages);
  await run.check();
  await stages.end();
  tellUnused(input.recorded, settings);
  if (settings.datasetInfo) await describeRows(run, settings);
  if (scorer !== null && stopped?.code !== 'aborted') await scoreRows(run, scorer, rows.sft, settings);
  const summary = { funnel, rows, complete: stopped === null, start: report.report };
  await run.writeSummary(summary);
  if (stopped !== null) throw stopped;
  return summary;
}

function tellUnused(recorded: RecordedResponses | null, { logger, responsesFile }: AutoifSettings): void {
  const [first, ...others] = recorded?.unused ?? [];
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  logger?.warn({}, `${responsesFile}: ${first}${more}: no pair of this run has that id; see its pairs.jsonl.`);
}

async function scoreRows(
  run: RunDirectory<AutoifFile>,
  scorer: Scorer,
  rows: number,
  settings: AutoifSettings,
): Promise<void> {
  await using scoring = await openScoring(run, scorer, settings);
  await keepEarlierScores(run, scoring);
  await scoreDataset(run, scoring, { file: 'sft', layout: SFT_ROW_LAYOUTS[settings.layout], rows }, settings);
}

async function describeRows(run: RunDirectory<AutoifFile>, { layout, dpo }: AutoifSettings): Promise<void> {
  const rows = SFT_ROW_LAYOUTS[layout];
  await writeDatasetInfo(run.file('sft'), rows, new Set(Object.values(rows.columns)));
  if (dpo) await writeDatasetInfo(run.file('dpo'), DPO_ROW_LAYOUT, DPO_COLUMNS);
}
