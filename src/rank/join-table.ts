import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { LARGEST_ROW } from '../files/row-splitter.js';
import { openRows } from '../rows/open-rows.js';
import { EvosiftError } from '../base/errors.js';
import { CellTable, type CellColumn } from './cell-table.js';
import { appendText } from './database.js';

/** Columns from another file: table `joined`, one row per key. */
export interface JoinedColumns {
  /** Their names in the file. */
  readonly columns: readonly CellColumn[];
  /** The field of the scores that the file's rows are found by. */
  readonly key: 'hash' | 'id';
}

/**
 * Loads a file's rows by their `hash`, or by their `id` where they have none. Of several rows with one key the last
 * counts; columns may appear late.
 * Throws `bad_data` where the file has neither key, or a row that can't be read.
 */
export async function loadJoined(connection: DuckDBConnection, path: string): Promise<JoinedColumns> {
  const source = await openRows([path], { maxRowBytes: LARGEST_ROW });
  const names = new Set<string>();
  for await (const row of source) {
    if (row.record === null) {
      throw new EvosiftError('bad_data', `rank: \`join\`: ${row.problem?.detail ?? `${path}: a row can't be read`}`);
    }
    for (const name of Object.keys(row.record)) names.add(name);
  }
  const key = names.has('hash') ? 'hash' : names.has('id') ? 'id' : null;
  if (key === null) {
    throw new EvosiftError('bad_data', `rank: \`join\`: ${path} has no column hash or id to find its rows by`);
  }
  names.delete(key);
  // A spreadsheet's row numbers: SQL has no empty names.
  names.delete('');

  const cells = await CellTable.create(connection, 'joined_rows', 'key VARCHAR, place INTEGER', names);
  for await (const row of source) {
    const value = row.record?.[key] ?? null;
    if (row.record === null || value === null) continue;
    const appendKey = (appender: DuckDBAppender): void => {
      appendText(appender, typeof value === 'object' ? JSON.stringify(value) : String(value));
      appender.appendInteger(row.index);
    };
    cells.append(appendKey, row.record, source.files[row.file]?.format === 'csv');
  }
  cells.finish();
  await connection.run(
    'CREATE TABLE joined AS SELECT DISTINCT ON (key) * EXCLUDE (place) FROM joined_rows ORDER BY key, place DESC',
  );
  await connection.run('DROP TABLE joined_rows');
  return { columns: cells.columns, key };
}
