import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRow, queryRows, quoteName, quoteText } from '../database/database.js';
import { writeWhole } from '../rank/output-stream.js';

/** Columns that `rows.parquet` always has. */
const STANDING: readonly string[] = ['run', 'index', 'id', 'hash', 'dataset'];

/**
 * Writes table `rows` as Parquet, whole or not at all, without the columns in which no row has a value; where distances were
 * measured, also whether a row is a repeat.
 *
 * @param distance What a repeat's nearest neighbour is nearer than; null where nothing was measured.
 * @throws EvosiftError `disk_full`, `bad_argument` where the file can't be written.
 */
export async function writeRows(connection: DuckDBConnection, path: string, distance: number | null): Promise<void> {
  const names: string[] = [];
  for await (const [name] of queryRows(connection, 'SELECT column_name FROM (DESCRIBE rows)')) names.push(String(name));
  const counts = await queryRow(
    connection,
    `SELECT ${names.map((name) => `count(${quoteName(name)})`).join(', ')} FROM rows`,
  );
  const columns = names
    .filter((name, number) => name !== 'place' && (STANDING.includes(name) || Number(counts[number]) > 0))
    .map(quoteName);
  if (distance !== null) columns.push(`min_neighbor_distance < ${distance} AS is_repeat`);
  await writeWhole(path, async (partial) => {
    const rows = `SELECT ${columns.join(', ')} FROM rows ORDER BY place`;
    await connection.run(`COPY (${rows}) TO ${quoteText(partial)} (FORMAT parquet, USE_TMP_FILE false)`);
  });
}
