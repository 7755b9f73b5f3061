import { resolve } from 'node:path';
import { readScores } from '../runs/read-run.js';
import { isEvolved } from '../runs/run-data.js';
import { recipes } from '../score/recipes/index.js';
import { EvosiftError } from '../base/errors.js';
import { cellValue } from './cell-table.js';
import { openDatabase, quoteText, type Database } from '../database/database.js';
import { writeDatasetInfo } from './dataset-info.js';
import { loadJoined } from './join-table.js';
import { countJoined, joinedColumns, linesWithJoined, type JoinCounts } from './joined.js';
import { loadRun } from './load.js';
import { isFile, throwIfAborted, type OrderedPlan, type RankPlan } from './options.js';
import { partialPath, writeFailure } from './output-stream.js';
import { previewRows, type RankedPreview } from './preview.js';
import type { RankedRun } from './ranked-rows.js';
import { expressionsOf, namesIn, resolveColumns } from './resolve-columns.js';
import { createView, wantedColumns } from './score-view.js';
import { LINEAGE_FIELDS, STANDING_FIELDS } from './score-table.js';
import { select, type SelectionCounts } from './selection.js';
import { openSources } from './sources.js';
import { openSubject, type Subject } from './subject.js';
import { writePart } from './write-part.js';

/** What a ranking came to. A row here is a line of the scores: with `--turns each`, an assistant turn. */
export interface RankSummary extends SelectionCounts {
  /** Whether every row of the run has an outcome; otherwise those were ranked that have one. */
  readonly complete: boolean;
  readonly by: string;
  /** The recipe of the run, where `by` is what it ranks by; null where `by` was named. */
  readonly byRecipe: string | null;
  readonly ascending: boolean;
  /** By joined file. */
  readonly joins: readonly JoinCounts[];
  /** Files that were written, or null. */
  readonly out: string | null;
  readonly rest: string | null;
  readonly datasetInfo: string | null;
  /** The selection's best rows, and the last ones of those after them; as many as `preview` asked for. */
  readonly top: readonly RankedPreview[];
  readonly bottom: readonly RankedPreview[];
}

/**
 * Orders, selects and writes, as `rank` says.
 *
 * @throws EvosiftError as `rank`.
 */
export async function assembleRanking(plan: RankPlan): Promise<RankSummary> {
  throwIfAborted(plan);
  const subject = await openSubject(plan);
  await using database = await openDatabase(plan.run, 'ranking');
  try {
    const by = plan.by ?? ranksBy(subject);
    const byRecipe = plan.by === undefined ? subject.recipe : null;
    return { ...(await rankIn(database, { ...plan, by }, subject)), byRecipe };
  } catch (error) {
    throwIfAborted(plan);
    throw writeFailure(plan.run, error);
  }
}

/** What a run's rows are ordered by where nothing is said. */
const ranksBy = ({ recipe }: Subject): string =>
  Object.values(recipes).find(({ name }) => name === recipe)?.ranksBy ?? 'ic_ifd';

async function rankIn(
  database: Database,
  plan: OrderedPlan,
  { paths, open, layout, complete }: Subject,
): Promise<Omit<RankSummary, 'byRecipe'>> {
  const { connection } = database;
  const joined = await loadJoined(connection, plan.join);
  const expressions = await expressionsOf(connection, plan);
  const sources = await openSources(connection, database.directory, paths, open);
  const joinedNames = joined.flatMap(({ columns }) => columns.map(({ name }) => name));
  const evolved = await Promise.all(paths.map(isEvolved));
  const lineageNames = evolved.includes(true) ? LINEAGE_FIELDS : [];
  const wanted = wantedColumns(
    [...namesIn(expressions.where), ...namesIn(expressions.by), plan.by, ...(plan.per === undefined ? [] : [plan.per])],
    new Set([...STANDING_FIELDS, ...lineageNames, ...joinedNames]),
  );
  const loaded = await loadRun(connection, plan, readScores(plan.run), sources.rows, wanted, evolved);
  const { names } = loaded;
  const scoreColumns = loaded.scores.columns;
  const run: RankedRun = {
    connection,
    sources,
    scores: loaded.scores,
    joined,
    joinedColumns: joinedColumns(
      joined,
      scoreColumns.map(({ name }) => name),
    ),
  };
  await lockDown(database, plan);

  await createView(connection, {
    scores: scoreColumns,
    joined: run.joinedColumns,
    data: loaded.cells.columns
      .filter(({ name }) => names.has(name))
      .map((column) => ({ name: column.name, value: cellValue('cells', column, sources.types?.get(column.name)) })),
    from: `${linesWithJoined(joined)} LEFT JOIN cells ON cells.unit = lines.unit`,
  });
  const counts = await select(connection, plan, await resolveColumns(connection, plan, expressions, names));
  if (counts.left > 0 && counts.leftOut.no_value === counts.left) {
    throw new EvosiftError(
      'bad_argument',
      `rank: \`by\` ${plan.by}: none of the ${counts.left} scored rows has a number there; order them by another field`,
      { option: 'by' },
    );
  }

  if (plan.out !== null) await writePart(run, 'selection', plan.out, { plan, database, names });
  if (plan.rest !== null) await writePart(run, 'rest', plan.rest, { plan, database, names });
  const datasetInfo =
    plan.datasetInfo && isFile(plan.out) ? await writeDatasetInfo(plan.out.path, layout, names) : null;
  return {
    ...counts,
    complete,
    by: plan.by,
    ascending: plan.ascending,
    joins: await countJoined(connection, joined),
    out: isFile(plan.out) ? plan.out.path : null,
    rest: plan.rest?.path ?? null,
    datasetInfo,
    ...(await previewRows(run, layout, plan.preview, counts.kept)),
  };
}

/** From here on the database reads and writes no file but the ranking's own, and that can't be changed. */
async function lockDown({ connection, directory }: Database, plan: RankPlan): Promise<void> {
  const outputs = [plan.out, plan.rest].flatMap((output) => (isFile(output) ? [partialPath(output.path)] : []));
  await connection.run(`SET allowed_directories = ${textList([resolve(directory)])}`);
  await connection.run(`SET allowed_paths = ${textList(outputs)}`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}

const textList = (items: readonly string[]): string => `[${items.map(quoteText).join(', ')}]`;
