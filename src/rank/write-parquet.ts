import type { DuckDBConnection } from '@duckdb/node-api';
import { join } from 'node:path';
import { ColumnProfile, declaredCell, typedCell } from './column-profile.js';
import { queryRow, quoteName, quoteText } from '../database/database.js';
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

/** What a column without a name, such as a spreadsheet's row numbers, is called: SQL has no empty names. */
const UNNAMED = 'unnamed';

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

/** What the columns of a Parquet output are. */
export interface ParquetLayout {
  /** Names of the rows' own columns. */
  readonly own: readonly string[];
  /** Their types, where the rows come from Parquet; else they follow from the values. */
  readonly types: ReadonlyMap<string, string> | null;
  readonly added: readonly AddedColumn[];
}

/**
 * Writes rows as Parquet. A column without a declared type takes the one that holds all its values exactly: 64-bit and
 * wider integers, doubles, booleans, lists and structs; strings stay strings, and a column of mixed kinds becomes text.
 */
export async function writeParquet(
  rows: AsyncIterable<RankedRow>,
  path: string,
  { connection, directory }: { readonly connection: DuckDBConnection; readonly directory: string },
  layout: ParquetLayout,
): Promise<void> {
  const stage = await fillStage(rows, join(directory, 'stage.jsonl'), layout);
  const cells = [...stage.own.values(), ...stage.added].map(({ cell }) => `${cell}: 'VARCHAR'`);
  const staged = `read_json(${quoteText(stage.path)}, format = 'newline_delimited', columns = {${cells.join(', ')}},
    maximum_object_size = ${Math.max(2 ** 20, stage.longest + 64)})`;
  const columns: string[] = [];
  const put = async (name: string, column: StagedColumn, declared: string | null | undefined): Promise<void> => {
    const value =
      typeof declared === 'string' ? declaredCell(column.cell, declared) : await typed(connection, staged, column);
    columns.push(`${value} AS ${quoteName(name)}`);
  };
  for (const [name, column] of stage.own) await put(name === '' ? UNNAMED : name, column, layout.types?.get(name));
  for (const column of stage.added) await put(`${ADDED}_${column.name}`, column, column.type);
  await connection.run(
    `COPY (SELECT ${columns.join(', ')} FROM ${staged}) TO ${quoteText(path)}
     (FORMAT parquet, ROW_GROUP_SIZE ${rowGroupSize(stage)}, USE_TMP_FILE false)`,
  );
}

function rowGroupSize({ rows, bytes }: Stage): number {
  const { least, most } = ROW_GROUP_ROWS;
  const fitting = Math.floor((ROW_GROUP_BYTES * rows) / Math.max(1, bytes) / least) * least;
  return Math.min(most, Math.max(least, fitting));
}

async function fillStage(rows: AsyncIterable<RankedRow>, path: string, layout: ParquetLayout): Promise<Stage> {
  const own = new Map<string, StagedColumn>();
  const ownColumn = (name: string): StagedColumn => {
    const column = own.get(name) ?? { cell: `own_${own.size}`, profile: new ColumnProfile() };
    own.set(name, column);
    return column;
  };
  for (const name of layout.own) ownColumn(name);
  const added = layout.added.map((column, number) => ({
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
      // Of a name that a row has twice, the last counts, as JSON's readers have it.
      for (const [name, json] of new Map(ownFields(row.text, row.shape))) put(ownColumn(name), json);
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
