import { EvosiftError } from '../base/errors.js';
import type { GeneratorPlan } from '../llm/generator.js';
import { checkOptions, fillOptions, type Filled, type OptionTable } from '../base/options.js';
import { mapInOrder } from '../async/map-in-order.js';
import { dataName, runDirectory } from '../runs/run-name.js';
import { loadPrompts } from './prompts/load-prompts.js';
import type { AskContext } from './ask-prompt.js';
import { checkRowsAreNamed, GENERATION_OPTIONS, keptRows, type GenerationOptions } from './generation-options.js';
import { RESPOND, respondTo, type Responder, type Response } from './respond-to.js';
import { EVOLUTION_RUN, openGenerationRun, type GenerationRun } from '../runs/generation-run.js';
import { generatorIdentity, samplingFields, seedIdentity } from './identity.js';
import { openFleet, windowOf } from './open-fleet.js';
import { Questions } from './questions.js';
import { startReport, type RunningReport, type StartReport } from './progress.js';
import { GENERATOR_OPTION } from './request-options.js';
import { SeedSource, type SeedRow } from './seeds.js';
import { promptSampling } from './sampling.js';
import { abortOf, throwIfAborted } from '../async/abort.js';
import { isStop, stoppedIn } from './stop.js';
import { Counts } from '../base/counts.js';

/** What `respond` takes; `generator`, and `data` or `rows`, must be given. */
export interface RespondOptions extends GenerationOptions {
  readonly generator: GeneratorPlan;
}

/** `summary.json` of answered rows. All but `start` is the same however often the run was stopped. */
export interface RespondReport {
  readonly rows: number;
  /** Rows that can't be answered, by reason; they are not in `dataset.jsonl`. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Rows of which only the last question is asked, by what is left out; absent where there are none. */
  readonly ignored?: Readonly<Record<string, number>>;
  readonly responses: number;
  /** Rows without an answer, by reason; their output is empty. */
  readonly unanswered: Readonly<Record<string, number>>;
  readonly complete: boolean;
  readonly start: StartReport;
}

export const RESPOND_OPTIONS = {
  ...GENERATION_OPTIONS,
  generator: GENERATOR_OPTION,
} as const satisfies OptionTable<RespondOptions>;

type RespondSettings = Filled<RespondOptions, typeof RESPOND_OPTIONS>;

function settleRespondOptions(options: RespondOptions): RespondSettings {
  checkOptions('respond', options, RESPOND_OPTIONS);
  checkRowsAreNamed('respond', options);
  if (options.generator === undefined) {
    throw new EvosiftError('bad_argument', 'respond: `generator` is missing: give the plan of one', {
      option: 'generator',
    });
  }
  return fillOptions(options, RESPOND_OPTIONS);
}

/**
 * Has the instructions of some rows answered, whatever answers they have, into `dataset.jsonl` of a run directory; goes
 * on where an earlier start of the same run was stopped.
 *
 * @throws EvosiftError as `evolve`.
 */
export async function respond(options: RespondOptions): Promise<RespondReport & { readonly out: string }> {
  const settings = settleRespondOptions(options);
  const { generator, signal, retries, force } = settings;
  throwIfAborted(signal);
  const prompts = await loadPrompts([RESPOND], settings.prompts);
  await using input = await keptRows(settings);
  const seeds = await SeedSource.open(input === null ? settings : { ...settings, data: [input.path] });
  const identity = {
    kind: 'respond',
    ...seedIdentity(seeds),
    retries,
    prompts: prompts.hash,
    generator: generatorIdentity(generator),
    sampling: samplingFields(promptSampling(RESPOND, settings)),
  } as const;
  const out = settings.out ?? runDirectory([dataName(settings.data), generator.name, 'respond'], identity);
  const start = {
    paths: seeds.paths,
    generators: [generator.name],
    limit: settings.limit ?? null,
    rounds: null,
    concurrency: settings.concurrency ?? null,
  };
  await using run = await openGenerationRun(out, EVOLUTION_RUN, { identity, start, force, lock: input?.lock });
  await input?.settle();
  try {
    await using fleet = await openFleet(run, 'workers/evolve', [generator], settings);
    const context = { asker: fleet, prompts, sampling: settings };
    const responder = { plan: generator, retries };
    const questions = new Questions();
    questions.plan(PART, seeds.total);
    using report = startReport(fleet, questions, seeds.total, settings);
    const answer = (row: SeedRow): Promise<AnsweredRow> => answerRow(context, responder, questions, row);
    return { ...(await answerAll(run, seeds, answer, report, settings)), out };
  } catch (error) {
    throw stoppedIn(out, error, signal);
  }
}

async function answerAll(
  run: GenerationRun<'dataset'>,
  seeds: SeedSource,
  answer: (row: SeedRow) => Promise<AnsweredRow>,
  report: RunningReport,
  settings: RespondSettings,
): Promise<RespondReport> {
  await using dataset = await run.part('dataset');
  const [skipped, unanswered, ignored] = [new Counts(), new Counts(), new Counts()];
  let responses = 0;
  let stopped: EvosiftError | null = null;
  for await (const answered of mapInOrder(
    seeds.until(() => stopped !== null),
    windowOf(settings),
    answer,
  )) {
    report.rows++;
    const { row, outcome } = answered;
    if (outcome.kind === 'stopped') stopped ??= outcome.error;
    else if (outcome.kind === 'skipped') skipped.add(outcome.reason);
    else {
      if (row.seed.ok) for (const one of row.seed.ignored) ignored.add(one);
      if (outcome.response.reason === null) responses++;
      else unanswered.add(outcome.response.reason);
      await dataset.write(`${rowText(answeredRow(row, outcome.response, settings.generator.name))}\n`);
    }
  }
  stopped ??= abortOf(settings.signal);
  await run.check();
  await dataset.finish();
  const summary = {
    rows: report.rows,
    skipped: skipped.values,
    ...(Object.keys(ignored.values).length > 0 && { ignored: ignored.values }),
    responses,
    unanswered: unanswered.values,
    complete: stopped === null,
    start: report.report,
  };
  await run.writeSummary(summary);
  if (stopped !== null) throw stopped;
  return summary;
}

type RowOutcome =
  | { readonly kind: 'answered'; readonly response: Response }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'stopped'; readonly error: EvosiftError };

interface AnsweredRow {
  readonly row: SeedRow;
  readonly outcome: RowOutcome;
}

/** What the questions are counted as. */
const PART = 'answers';

async function answerRow(
  context: AskContext,
  responder: Responder,
  questions: Questions,
  row: SeedRow,
): Promise<AnsweredRow> {
  const { seed } = row;
  using asker = questions.share(PART, 1, context.asker);
  if (!seed.ok) return { row, outcome: { kind: 'skipped', reason: seed.reason } };
  try {
    const response = await respondTo({ ...context, asker }, responder, seed.variant);
    return { row, outcome: { kind: 'answered', response } };
  } catch (error) {
    if (!isStop(error)) throw error;
    return { row, outcome: { kind: 'stopped', error } };
  }
}

/** Integers beyond 2^53 come as bigint, which JSON.stringify refuses; as text they keep all their digits. */
const rowText = (row: object): string =>
  JSON.stringify(row, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));

/** A row of `dataset.jsonl`: Alpaca; what an evolution says of its rows stays. */
function answeredRow({ seed, record }: SeedRow, answer: Response, generator: string): object {
  const { response, reasoning, reason } = answer;
  if (!seed.ok) throw new TypeError('a skipped row has no answer');
  const { id, instruction, input } = seed.variant;
  return {
    id: record['id'] ?? id,
    ...(record['lineage'] !== undefined && { lineage: record['lineage'] }),
    ...(record['round'] !== undefined && { round: record['round'] }),
    instruction,
    input,
    output: response ?? '',
    ...(reasoning !== null && { reasoning_content: reasoning }),
    evosift: { generator, ...(reason !== null && { response_reason: reason }) },
  };
}
