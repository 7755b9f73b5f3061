import { EvosiftError } from '../../base/errors.js';
import type { Reporting } from '../../async/reporting-task.js';
import { loadEncoder, readEmbeddings, type Embeddings, type Encoder, type EncoderAbout } from '../../embed/index.js';
import type { DistanceMetric } from '../../neighbors/index.js';
import type { GroupKey } from '../groups.js';
import type { AnalyzeProgress } from '../options.js';
import { modelOptions, type AnalyzePlan } from '../plan.js';
import type { RowTable } from '../rows/row-table.js';
import type { AnalyzedRun } from '../runs/open-run.js';
import type { Bins } from '../../statistics/histogram.js';
import { distanceBins } from './distance-bins.js';
import { embedRun, TEXT_FORM } from './embed-run.js';
import { fillDistances, rowsOf } from './fill-distances.js';
import { checkSeveralRuns, matchEmbeddings, missesRows } from './match-embeddings.js';

/** How many rows of a run, or of a group in it, are near another one of the run. */
export interface Repeats {
  readonly run: string;
  /** Null of the whole run. */
  readonly group: GroupKey | null;
  /** Rows that have a neighbour; one whose turns were scored one by one counts once. */
  readonly rows: number;
  /** Those nearer to it than `distance`. */
  readonly repeatCount: number;
  readonly repeatShare: number | null;
}

/** How far apart the instructions of each run lie; `minNeighborDistance` in the distributions is what it is about. */
export interface DiversityReport {
  readonly metric: DistanceMetric;
  readonly distance: number;
  /** What made the embeddings; null where a file does not say. */
  readonly encoder: EncoderAbout | null;
  /** Scored rows of all runs that could not be embedded. */
  readonly missing: number;
  /** Scored rows of all runs whose instruction was longer than the encoder takes, and was cut. */
  readonly truncated: number;
  /** Of the histograms of `minNeighborDistance`. */
  readonly bins: Bins;
  readonly runs: readonly Repeats[];
}

type Told = Reporting<AnalyzeProgress>;

/** Where embeddings come from: a run's, one run at a time. */
interface EmbeddingSource extends AsyncDisposable {
  readonly of: (run: AnalyzedRun) => Promise<Embeddings>;
}

/**
 * Measures each row's distance to the nearest other instruction of its run, into the table; null where no embeddings are asked
 * for.
 *
 * @throws EvosiftError as `loadEncoder`, `embedRows`, `readEmbeddings` and `nearestNeighbors`; `bad_data` where a file of
 *   embeddings lacks rows, has different vectors of one, or does not say of which run they are.
 */
export async function measureDiversity(
  runs: readonly AnalyzedRun[],
  table: RowTable,
  plan: AnalyzePlan,
  told: Told,
): Promise<DiversityReport | null> {
  const { metric, distance, embeddings: file } = plan;
  await using source = await openSource(plan, runs.length, told);
  if (source === null) return null;
  const repeats: Repeats[] = [];
  let [missing, truncated, farthest]: [number, number, number] = [0, 0, 0];
  let encoder: EncoderAbout | null = null;
  for (const run of runs) {
    const embeddings = await source.of(run);
    encoder = embeddings.about;
    const keys = await table.keys(run.name);
    const matched = matchEmbeddings(rowsOf(keys), embeddings, file ?? '');
    if (file !== undefined && matched.missing.length > 0) throw missesRows(file, run.name, matched);
    missing += matched.missing.length;
    truncated += matched.truncated;
    const distances = await fillDistances(table, run.name, keys, matched, plan, told);
    farthest = distances.reduce((most, one) => (one > most ? one : most), farthest);
    for (const group of [null, ...(await table.groups(run.name))]) {
      repeats.push(await repeatsOf(table, run.name, group, distance));
    }
  }
  if (truncated > 0) {
    const most = encoder === null ? 'the encoder takes' : `the ${encoder.maxTokens} tokens that the encoder takes`;
    told.logger.warn(
      { truncated },
      `${truncated} instructions are longer than ${most}: distances go by their beginnings`,
    );
  }
  return { metric, distance, encoder, missing, truncated, bins: distanceBins(metric, farthest), runs: repeats };
}

async function repeatsOf(table: RowTable, run: string, group: GroupKey | null, distance: number): Promise<Repeats> {
  const { minNeighborDistance } = await table.columns(['minNeighborDistance'], run, { group, rowsOnce: true });
  const known = minNeighborDistance.filter((value) => !Number.isNaN(value));
  const repeatCount = known.filter((value) => value < distance).length;
  const repeatShare = known.length === 0 ? null : repeatCount / known.length;
  return { run, group, rows: known.length, repeatCount, repeatShare };
}

async function openSource(plan: AnalyzePlan, runs: number, told: Told): Promise<EmbeddingSource | null> {
  const { embeddings: file, encoder, encoderFile, hiddenStates, threads, out } = plan;
  if (file !== undefined) {
    const embeddings = await readEmbeddings(file);
    checkText(file, embeddings);
    checkSeveralRuns(file, embeddings, runs);
    return { of: async () => embeddings, [Symbol.asyncDispose]: async () => {} };
  }
  if (encoder === undefined && !hiddenStates) return null;
  const { signal, logger } = told;
  const loaded: Encoder = await loadEncoder({
    ...(encoder === undefined
      ? modelOptions(plan)
      : { encoder, encoderFile, ...(threads !== undefined && { threads }) }),
    ...(signal && { signal }),
    logger,
  });
  return { of: (run) => embedRun(run, loaded, out, told), [Symbol.asyncDispose]: () => loaded[Symbol.asyncDispose]() };
}

/** A file of evosift's own says what text it is of. */
function checkText(path: string, { text }: Embeddings): void {
  if (text === null || text === TEXT_FORM) return;
  throw new EvosiftError(
    'bad_data',
    `${path} is of the text form ${text}; distances are measured over ${TEXT_FORM}: embed the rows so`,
    { option: 'embeddings' },
  );
}
