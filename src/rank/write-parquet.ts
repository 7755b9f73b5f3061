import type { DuckDBConnection } from '@duckdb/node-api';
import { join } from 'node:path';
import { ColumnProfile, typedCell } from './column-profile.js';
import { queryRow, quoteName, quoteText } from './database.js';
import { wellFormedJson } from './json-text.js';
import { writeStream } from './output-stream.js';
import { ADDED, ownFields, type RankedRow } from './row-text.js';

/** A column that evosift adds. */
export interface AddedColumn {
  readonly name: string;
  /** Its SQL type; null where it follows from the values. */
  readonly type: 'INTEGER' | 'DOUBLE' | 'BOOLEAN' | 'VARCHAR' | null;
}

/** A Parquet writer holds a row group in memory. */
const ROW_GROUP_BYTES = 16 * 1024 * 1024;
const ROW_GROUP_ROWS = { least: 2_048, most: 122_880 };
/** A structure with more members than fit here is no structure but a dictionary. */
const LONGEST_STRUCTURE = 20_000;

interface StagedColumn {
  readonly cell: string;
  readonly profile: ColumnProfile;
}

/** Rows of a run, waiting in a file of JSON text by column until their types are known. */
interface Stage {
  readonly path: string;
  readonly own: ReadonlyMap<string, StagedColumn>;
  readonly added: readonly (StagedColumn & AddedColumn)[];
  readonly rows: number;
  readonly bytes: number;
  readonly longest: number;
}

/**
 * Writes JSON or CSV rows as Parquet. A column takes the type that holds all its values exactly: 64-bit and wider
 * integers, doubles, booleans, lists and structs; strings stay strings, and a column of mixed kinds becomes text.
 *
 * @param directory For the stage.
 * @param own Names of the rows' own columns; more may turn up.
 */
export async function writeParquet(
  rows: AsyncIterable<RankedRow>,
  path: string,
  { connection, directory }: { readonly connection: DuckDBConnection; readonly directory: string },
  own: readonly string[],
  added: readonly AddedColumn[],
): Promise<void> {
  const stage = await fillStage(rows, join(directory, 'stage.jsonl'), own, added);
  const cells = [...stage.own.values(), ...stage.added].map(({ cell }) => `${cell}: 'VARCHAR'`);
  const staged = `read_json(${quoteText(stage.path)}, format = 'newline_delimited', columns = {${cells.join(', ')}},
    maximum_object_size = ${Math.max(2 ** 20, stage.longest + 64)})`;
  const columns: string[] = [];
  for (const [name, column] of stage.own) {
    columns.push(`${await typed(connection, staged, column)} AS ${quoteName(name)}`);
  }
  for (const column of stage.added) {
    const value =
      column.type === null || column.type === 'VARCHAR'
        ? await typed(connection, staged, column)
        : `CAST(${column.cell} AS ${column.type})`;
    columns.push(`${value} AS ${quoteName(`${ADDED}_${column.name}`)}`);
  }
  await copyToParquet(connection, `SELECT ${columns.join(', ')} FROM ${staged}`, path, stage.bytes / stage.rows);
}

/** Writes a query's rows, in its order, in row groups of a bounded size. */
export async function copyToParquet(
  connection: DuckDBConnection,
  query: string,
  path: string,
  bytesPerRow: number,
): Promise<void> {
  const rows =
    Math.floor(ROW_GROUP_BYTES / Math.max(1, bytesPerRow || 1) / ROW_GROUP_ROWS.least) * ROW_GROUP_ROWS.least;
  const size = Math.min(ROW_GROUP_ROWS.most, Math.max(ROW_GROUP_ROWS.least, rows));
  await connection.run(
    `COPY (${query}) TO ${quoteText(path)} (FORMAT parquet, ROW_GROUP_SIZE ${size}, USE_TMP_FILE false)`,
  );
}

async function fillStage(
  rows: AsyncIterable<RankedRow>,
  path: string,
  ownNames: readonly string[],
  addedColumns: readonly AddedColumn[],
): Promise<Stage> {
  const own = new Map<string, StagedColumn>();
  const ownColumn = (name: string): StagedColumn => {
    const column = own.get(name) ?? { cell: `own_${own.size}`, profile: new ColumnProfile() };
    own.set(name, column);
    return column;
  };
  for (const name of ownNames) ownColumn(name);
  const added = addedColumns.map((column, number) => ({
    ...column,
    cell: `added_${number}`,
    profile: new ColumnProfile(),
  }));
  const size = { rows: 0, bytes: 0, longest: 0 };
  await writeStream(path, async (output) => {
    for await (const row of rows) {
      const cells: string[] = [];
      const put = ({ cell, profile }: StagedColumn, json: string): void => {
        if (json === 'null') return;
        const text = wellFormedJson(json);
        profile.add(text);
        cells.push(`"${cell}":${JSON.stringify(text)}`);
      };
      for (const [name, json] of ownFields(row.text, row.shape)) put(ownColumn(name), json);
      for (const [number, column] of added.entries()) put(column, row.added[number]?.[1] ?? 'null');
      const line = Buffer.from(`{${cells.join(',')}}\n`);
      output.push(line);
      size.rows++;
      size.bytes += line.length;
      size.longest = Math.max(size.longest, line.length);
      await output.ready();
    }
  });
  return { path, own, added, ...size };
}

/** A column's typed value. Lists and objects become lists and structs, or stay JSON text where those would lose something. */
async function typed(connection: DuckDBConnection, staged: string, { cell, profile }: StagedColumn): Promise<string> {
  if (profile.type !== 'NESTED') return typedCell(cell, profile.type);
  if (profile.hasLongNumbersInside) return cell;
  const [found] = await queryRow(connection, `SELECT json_group_structure(CAST(${cell} AS JSON)) FROM ${staged}`);
  const structure = String(found);
  const isMixed = !structure.startsWith('{') && !structure.startsWith('[');
  if (isMixed || structure.length > LONGEST_STRUCTURE) return cell;
  return typedCell(cell, 'NESTED', `from_json(${cell}, ${quoteText(structure.replaceAll('"NULL"', '"VARCHAR"'))})`);
}
