import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRow } from '../database/database.js';
import { cellValue } from './cell-table.js';
import { turnKey, type JoinedTable } from './join-table.js';

/** A column of a joined file: its name in conditions and output, its JSON text and its typed value in SQL. */
export interface JoinedColumn {
  readonly name: string;
  readonly cell: string;
  readonly value: string;
}

/** What the ranking itself says of a row. */
const RANKING_COLUMNS = ['rank', 'left_out', 'cluster', 'near_duplicate_of', 'source_text'];

/** What a joined file came to. */
export interface JoinCounts {
  /** The file that was read. */
  readonly path: string;
  /** What its rows were found by. */
  readonly key: 'hash' | 'id';
  /** Scored rows of the run that it says something of, and those that it does not. */
  readonly found: number;
  readonly missing: number;
}

/**
 * The columns of joined files under names of their own: the one in the file, `joined_NAME` where a score field or a
 * column that the ranking adds has that, and where another joined column has it, too, with the number of the file:
 * `joined2_NAME`. Names are compared as SQL does, without case.
 */
export function joinedColumns(joined: readonly JoinedTable[], scoreFields: Iterable<string>): JoinedColumn[] {
  const fields = new Set([...scoreFields, ...RANKING_COLUMNS].map((name) => name.toLowerCase()));
  const taken = new Set(fields);
  return joined.flatMap(({ table, columns }, file) =>
    columns.map((column) => {
      let name = fields.has(column.name.toLowerCase()) ? `joined_${column.name}` : column.name;
      if (taken.has(name.toLowerCase())) name = `joined${file + 1}_${column.name}`;
      // Columns of one file that differ in case only.
      while (taken.has(name.toLowerCase())) name = `joined${file + 1}_${name}`;
      taken.add(name.toLowerCase());
      return { name, cell: `${table}.${column.cell}`, value: cellValue(table, column) };
    }),
  );
}

/** SQL that joins what is known of a score line to it. */
export function linesWithJoined(joined: readonly JoinedTable[]): string {
  const joins = joined.map(({ table, key, byTurn }) => {
    const row = key === 'hash' ? 'lines.hash' : `json_extract_string(lines.id, '$')`;
    const own = byTurn ? turnKey(row, 'lines.turn') : row;
    return (
      ` LEFT JOIN ${table}_places ON ${table}_places.key = ${own} AND ${table}_places.position = lines.index` +
      ` LEFT JOIN ${table} ON ${table}.key = ${own} AND ${table}.position = coalesce(${table}_places.position, -1)`
    );
  });
  return `lines${joins.join('')}`;
}

/** How many scored rows each joined file speaks of. */
export async function countJoined(connection: DuckDBConnection, joined: readonly JoinedTable[]): Promise<JoinCounts[]> {
  if (joined.length === 0) return [];
  const found = joined.map(({ table }) => `count(${table}.key)`);
  const [scored, ...counts] = await queryRow(
    connection,
    `SELECT count(*), ${found.join(', ')} FROM ${linesWithJoined(joined)} WHERE lines.status = 'scored'`,
  );
  return joined.map(({ path, key }, file) => {
    const rows = Number(counts[file]);
    return { path, key, found: rows, missing: Number(scored) - rows };
  });
}
