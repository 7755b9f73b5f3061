import { resolve } from 'node:path';
import { quoteText, type Database } from '../database/database.js';
import { readScores } from '../runs/read-run.js';
import { isEvolved } from '../runs/run-data.js';
import { cellValue } from './cell-table.js';
import { loadJoined } from './join-table.js';
import { joinedColumns, linesWithJoined } from './joined.js';
import { loadRun } from './load.js';
import { isFile, type OrderedPlan, type RankPlan } from './plan.js';
import { partialPath } from './output-stream.js';
import type { RankedRun } from './ranked-rows.js';
import { expressionsOf, namesIn, type PlanExpressions } from './resolve-columns.js';
import { createView, wantedColumns } from './score-view.js';
import { LINEAGE_FIELDS, STANDING_FIELDS } from './score-table.js';
import { openSources } from './sources.js';
import type { Subject } from './subject.js';

/** A run whose scores, joined columns and wanted columns are in the database, beside each other in view `score`. */
export interface LoadedRun {
  readonly run: RankedRun;
  /** Names of the rows' own columns, in order of appearance. */
  readonly names: ReadonlySet<string>;
  readonly expressions: PlanExpressions;
}

/** Loads what a plan needs of its subject; from then on the database reads and writes no file but the ranking's own. */
export async function loadSubject(
  database: Database,
  plan: OrderedPlan,
  { paths, open, turns }: Pick<Subject, 'paths' | 'open' | 'turns'>,
): Promise<LoadedRun> {
  const { connection } = database;
  const joined = await loadJoined(connection, plan.join, { run: plan.run, eachTurn: turns === 'each' });
  const expressions = await expressionsOf(connection, plan);
  const sources = await openSources(connection, database.directory, paths, open);
  const joinedNames = joined.flatMap(({ columns }) => columns.map(({ name }) => name));
  const evolved = await Promise.all(paths.map(isEvolved));
  const lineageNames = evolved.includes(true) ? LINEAGE_FIELDS : [];
  const wanted = wantedColumns(
    [...namesIn(expressions.where), ...namesIn(expressions.by), plan.by, ...(plan.per === undefined ? [] : [plan.per])],
    [...STANDING_FIELDS, ...lineageNames, ...joinedNames],
  );
  const loaded = await loadRun(connection, plan, readScores(plan.run), sources.rows, wanted, evolved);
  const { names } = loaded;
  const scoreColumns = loaded.scores.columns;
  const fields = scoreColumns.map(({ name }) => name);
  const named = joinedColumns(joined, fields);
  const run: RankedRun = {
    connection,
    sources,
    scores: loaded.scores,
    joined,
    joinedColumns: named,
    distances: distanceColumns(plan),
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
  return { run, names, expressions };
}

/** What is told of the distances: the cluster of a row, and of which better one it is a near-duplicate. */
function distanceColumns({ diversity }: RankPlan): RankedRun['distances'] {
  if (diversity === null) return null;
  const selection = diversity.clusters === null ? [] : ['cluster'];
  return { selection, rest: diversity.nearDuplicates === null ? selection : [...selection, 'near_duplicate_of'] };
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
