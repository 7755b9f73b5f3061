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
 * The columns of joined files under names of their own: the one in the file, `joined_NAME` where a score field has that,
 * and where an earlier file has it, too, with the number of the file: `joined2_NAME`.
 */
export function joinedColumns(joined: readonly JoinedTable[], scoreFields: Iterable<string>): JoinedColumn[] {
  const fields = new Set(scoreFields);
  const taken = new Set(fields);
  return joined.flatMap(({ table, columns }, file) =>
    columns.map((column) => {
      const plain = fields.has(column.name) ? `joined_${column.name}` : column.name;
      const name = taken.has(plain) ? `joined${file + 1}_${column.name}` : plain;
      taken.add(name);
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
