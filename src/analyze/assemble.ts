import { join } from 'node:path';
import { throwIfAborted } from '../async/abort.js';
import type { Reporting } from '../async/reporting-task.js';
import { toSnakeCase } from '../base/snake-case.js';
import { openDatabase, type Database } from '../database/database.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { readManifest } from '../runs/read-run.js';
import { writeFailure } from '../rank/output-stream.js';
import { ANALYSIS_VERSION, type Analysis, type RunDescription } from './document.js';
import { measureDiversity } from './diversity/measure-diversity.js';
import { loadRows, type LoadedRun } from './load-rows.js';
import { measureAnswers } from './measure-answers.js';
import { MEASURES, withBins } from './measures.js';
import type { AnalyzeProgress } from './options.js';
import type { AnalyzePlan } from './plan.js';
import { ANALYSIS_FILES, openOutputDirectory } from './output-directory.js';
import { checkOneModel } from './output-space/one-model.js';
import { readResults } from './results/index.js';
import { RowTable } from './rows/row-table.js';
import { checkComparable } from './runs/comparable.js';
import { funnelsOf, type RunFunnel } from './runs/funnel.js';
import { openRuns, type AnalyzedRun } from './runs/open-run.js';
import { agreementOf, type AgreementReport } from './sections/agreement.js';
import { compareRuns } from './sections/comparison.js';
import { describeRuns } from './sections/distributions.js';
import { Vocabulary } from './sections/vocabulary.js';
import { writeRows } from './write-rows.js';

type Told = Reporting<AnalyzeProgress>;

/**
 * Measures runs and writes what comes of it, as `analyze` says.
 *
 * @throws EvosiftError as `analyze`.
 */
export async function assembleAnalysis(plan: AnalyzePlan, told: Told): Promise<Analysis> {
  const { out, allowDifferentSeeds } = plan;
  const results = plan.results === undefined ? null : await readFiles([plan.results].flat(), told.logger);
  const runs = await openRuns(plan.runs, told.signal);
  await checkComparable(runs, allowDifferentSeeds);
  if (plan.outputSpace && !plan.logprobs && plan.generator === undefined) {
    await checkOneModel(runs.map(({ path }) => path));
  }
  await openOutputDirectory(out);
  try {
    await using database = await openDatabase(out, 'the analysis');
    return await analyzeIn(database, runs, results, plan, told);
  } catch (error) {
    throw writeFailure(out, error);
  }
}

async function analyzeIn(
  database: Database,
  runs: readonly AnalyzedRun[],
  results: Analysis['results'],
  plan: AnalyzePlan,
  told: Told,
): Promise<Analysis> {
  const { connection } = database;
  const table = await RowTable.create(connection);
  const vocabulary = new Vocabulary(plan.seed);
  const descriptions: RunDescription[] = [];
  const funnels: RunFunnel[] = [];
  for (const run of runs) {
    const loaded = await loadRows(run, table, vocabulary, told);
    descriptions.push(await describeRun(run, loaded));
    funnels.push(...(await funnelsOf(run, loaded)));
  }
  table.finish();
  const diversity = await measureDiversity(runs, table, plan, told);
  const outputSpace = await measureAnswers(runs, table, plan, told);
  const measuring = (): void => {
    throwIfAborted(told.signal);
    told.onProgress({ stage: 'measuring', rows: table.rows });
  };
  const names = runs.map(({ name }) => name);
  measuring();
  const measures = diversity === null ? MEASURES : withBins('minNeighborDistance', diversity.bins);
  const distributions = await describeRuns(table, names, measures);
  const agreement: AgreementReport[] = [];
  for (const name of names) {
    measuring();
    agreement.push(await agreementOf(table, name));
  }
  measuring();
  const { sample = null, seed, resamples, confidence } = plan;
  const comparison = runs.length < 2 ? null : await compareRuns(table, names, { sample, seed, resamples, confidence });
  const analysis: Analysis = {
    version: ANALYSIS_VERSION,
    preset: plan.preset ?? null,
    runs: descriptions,
    measures,
    distributions,
    agreement,
    comparison,
    vocabulary: vocabulary.report(),
    funnels,
    diversity,
    outputSpace,
    results,
  };
  measuring();
  await writeRows(connection, join(plan.out, ANALYSIS_FILES.rows), diversity === null ? null : diversity.distance);
  const text = `${JSON.stringify(toSnakeCase(analysis), null, 1)}\n`;
  await writeFileAtomic(join(plan.out, ANALYSIS_FILES.analysis), text);
  return analysis;
}

const readFiles = (files: readonly string[], logger: Told['logger']): Promise<NonNullable<Analysis['results']>> =>
  Promise.all(files.map(async (file) => ({ file, results: await readResults(file, logger) })));

async function describeRun(
  { name, path, generation, scored, identity, subject }: AnalyzedRun,
  loaded: LoadedRun,
): Promise<RunDescription> {
  const { starts } = await readManifest(scored);
  return {
    name,
    path,
    kind: generation?.kind ?? 'score',
    complete: subject.complete,
    recipe: identity.recipe,
    model: starts.at(-1)?.model ?? '',
    modelHash: identity.model,
    dtype: identity.dtype,
    ...loaded,
  };
}
