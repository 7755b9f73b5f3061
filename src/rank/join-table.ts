import { stat } from 'node:fs/promises';
import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { LARGEST_ROW } from '../files/row-splitter.js';
import { openRows } from '../rows/open-rows.js';
import { EvosiftError } from '../base/errors.js';
import { CellTable, type CellColumn } from './cell-table.js';
import { appendText } from '../database/database.js';
import { analysedRun, joinFile } from './join-file.js';

/**
 * Columns from another file, in a table: found by `key` and `position`, the row of one key at that index of the data, or
 * at -1 the one that stands for all. The table `…_places` has the keys and positions of the former.
 */
export interface JoinedTable {
  /** The file that was read. */
  readonly path: string;
  readonly table: string;
  /** Under their names in the file. */
  readonly columns: readonly CellColumn[];
  /** The field of the scores that the file's rows are found by. */
  readonly key: 'hash' | 'id';
  /** Its keys are {@link turnKey}s: both have a line for each turn of a row. */
  readonly byTurn: boolean;
}

/** SQL for the key of a row's turn. */
export const turnKey = (key: string, turn: string): string => `concat(${key}, '#', ${turn})`;

/** The run that is ranked. */
interface RankedLines {
  readonly run: string;
  /** A row has a line for each of its assistant turns. */
  readonly eachTurn: boolean;
}

/**
 * Loads files' rows into tables `joined_1`, `joined_2`, … by their `hash`, or by their `id` where they have none. Of several
 * rows with one key that counts which has the `index` of the row that it is joined to, and where none has, the last;
 * columns may appear late. Where the file and the run have each turn of a row, a turn is found by its `turn`, too.
 * Throws `bad_data` where a file has neither key, or a row that can't be read.
 */
export async function loadJoined(
  connection: DuckDBConnection,
  paths: readonly string[],
  ranked: RankedLines,
): Promise<JoinedTable[]> {
  const tables: JoinedTable[] = [];
  for (const path of paths) tables.push(await loadFile(connection, path, `joined_${tables.length + 1}`, ranked));
  return tables;
}

async function loadFile(
  connection: DuckDBConnection,
  given: string,
  table: string,
  { run, eachTurn }: RankedLines,
): Promise<JoinedTable> {
  const path = await joinFile(given);
  if (path !== given && (await stat(path)).size === 0) {
    throw new EvosiftError('bad_data', `rank: \`join\`: ${given} is not finished: ${path} is empty; finish it first`);
  }
  const source = await openRows([path], { maxRowBytes: LARGEST_ROW });
  const names = new Set<string>();
  const runs = new Set<string>();
  let byTurn = false;
  for await (const row of source) {
    if (row.record === null) {
      throw new EvosiftError('bad_data', `rank: \`join\`: ${row.problem?.detail ?? `${path}: a row can't be read`}`);
    }
    for (const name of Object.keys(row.record)) names.add(name);
    byTurn ||= eachTurn && positionOf(row.record['turn']) !== null;
    if (typeof row.record['run'] === 'string') runs.add(row.record['run']);
  }
  const key = names.has('hash') ? 'hash' : names.has('id') ? 'id' : null;
  if (key === null) {
    throw new EvosiftError('bad_data', `rank: \`join\`: ${path} has no column hash or id to find its rows by`);
  }
  names.delete(key);
  if (byTurn) names.delete('turn');
  // A spreadsheet's row numbers: SQL has no empty names.
  names.delete('');

  const isAnalysis = key === 'hash' && source.files[0]?.format === 'parquet';
  const only = isAnalysis ? analysedRun(path, runs, run) : null;
  const cells = await CellTable.create(
    connection,
    `${table}_rows`,
    'key VARCHAR, place INTEGER, position BIGINT',
    names,
  );
  for await (const row of source) {
    const value = row.record?.[key] ?? null;
    if (row.record === null || value === null) continue;
    if (only !== null && row.record['run'] !== only) continue;
    const appendKey = (appender: DuckDBAppender): void => {
      const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
      appendText(appender, byTurn ? `${text}#${positionOf(row.record?.['turn']) ?? ''}` : text);
      appender.appendInteger(row.index);
      const position = key === 'hash' ? positionOf(row.record?.['index']) : null;
      if (position === null) appender.appendNull();
      else appender.appendBigInt(position);
    };
    cells.append(appendKey, row.record, source.files[row.file]?.format === 'csv');
  }
  cells.finish();
  await connection.run(
    `CREATE TABLE ${table} AS SELECT DISTINCT ON (key) * EXCLUDE (place) REPLACE (-1::BIGINT AS position)
     FROM ${table}_rows ORDER BY key, place DESC`,
  );
  await connection.run(
    `INSERT INTO ${table} SELECT DISTINCT ON (key, position) * EXCLUDE (place) FROM ${table}_rows
     WHERE position IS NOT NULL AND key IN (SELECT key FROM ${table}_rows GROUP BY key HAVING count(*) > 1)
     ORDER BY key, position, place DESC`,
  );
  await connection.run(`CREATE TABLE ${table}_places AS SELECT key, position FROM ${table} WHERE position >= 0`);
  await connection.run(`DROP TABLE ${table}_rows`);
  return { path, table, columns: cells.columns, key, byTurn };
}

/** An index of the data; CSV has it as text. */
const positionOf = (value: unknown): bigint | null => (/^\d{1,15}$/.test(String(value)) ? BigInt(String(value)) : null);
