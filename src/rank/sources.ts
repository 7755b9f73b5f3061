import type { DuckDBConnection } from '@duckdb/node-api';
import { basename, join } from 'node:path';
import { openRows } from '../data/open-rows.js';
import { readChunks } from '../data/readers/chunks.js';
import { csvFields, CsvSplitter } from '../data/readers/csv.js';
import type { RowSlice } from '../data/readers/row-splitter.js';
import type { RowSource, SourceFile } from '../data/source-row.js';
import { queryRow, queryRows, quoteName, quoteText } from './database.js';
import { writeStream } from './output-stream.js';
import { isAddedColumn, type RowShape } from './row-text.js';

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Rows whose texts stand at known places of files. */
export interface TextSources {
  readonly kind: 'text';
  readonly rows: RowSource;
  /** By file. */
  readonly shapes: readonly RowShape[];
}

/** Rows of Parquet files: view `parquet_rows`, in which `__index` numbers them. */
export interface ParquetSources {
  readonly kind: 'parquet';
  /** The rows' own columns, without what an earlier ranking added. */
  readonly names: readonly string[];
  readonly bytesPerRow: number;
}

export type Sources = TextSources | ParquetSources;

/**
 * Makes a run's rows readable in any order. Parquet is read by query; a compressed file, or a Parquet file among
 * others, is first unpacked into `directory`.
 */
export async function openSources(
  connection: DuckDBConnection,
  directory: string,
  paths: readonly string[],
): Promise<Sources> {
  const { files } = await openRows(paths);
  if (files.every(({ format }) => format === 'parquet')) return parquetSources(connection, files);
  const addressable: string[] = [];
  for (const [number, file] of files.entries()) {
    addressable.push(await makeAddressable(connection, file, join(directory, `source-${number}-`)));
  }
  const rows = await openRows(addressable);
  return { kind: 'text', rows, shapes: await Promise.all(rows.files.map(shapeOf)) };
}

/** The file itself, or a copy of it whose rows have places. */
async function makeAddressable(connection: DuckDBConnection, file: SourceFile, prefix: string): Promise<string> {
  if (file.gzip) {
    const copy = `${prefix}${basename(file.path).replace(/\.gz$/i, '')}`;
    await writeStream(copy, async (output) => {
      for await (const chunk of readChunks(file.path, true)) {
        output.push(chunk);
        await output.flush();
      }
    });
    return copy;
  }
  if (file.format !== 'parquet') return file.path;
  const copy = `${prefix}rows.jsonl`;
  await connection.run(`COPY (FROM ${readParquet(file.path, '')}) TO ${quoteText(copy)} (FORMAT json)`);
  return copy;
}

async function shapeOf(file: SourceFile): Promise<RowShape> {
  if (file.format !== 'csv') return { kind: 'json' };
  const { path, delimiter } = file;
  const splitter = new CsvSplitter(path, 0, delimiter);
  const records: RowSlice[] = [];
  let isFirst = true;
  for await (const chunk of readChunks(path, false)) {
    const marked = isFirst && chunk.indexOf(BYTE_ORDER_MARK) === 0;
    splitter.push(marked ? chunk.subarray(BYTE_ORDER_MARK.length) : chunk, records);
    isFirst = false;
    if (records.length > 0) break;
  }
  if (records.length === 0) splitter.end(records);
  const header = Buffer.from(records[0]?.bytes ?? []);
  return { kind: 'csv', header, names: csvFields(header.toString(), delimiter), delimiter };
}

async function parquetSources(connection: DuckDBConnection, files: readonly SourceFile[]): Promise<ParquetSources> {
  const parts: string[] = [];
  let first = 0;
  let bytes = 0;
  for (const { path } of files) {
    parts.push(
      `SELECT CAST(file_row_number + ${first} AS INTEGER) AS __index, * EXCLUDE (file_row_number)
       FROM ${readParquet(path, ', file_row_number = true')}`,
    );
    const [rows] = await queryRow(connection, `SELECT num_rows FROM parquet_file_metadata(${parquetPath(path)})`);
    const [size] = await queryRow(
      connection,
      `SELECT coalesce(sum(total_uncompressed_size), 0) FROM parquet_metadata(${parquetPath(path)})`,
    );
    first += Number(rows);
    bytes += Number(size);
  }
  await connection.run(`CREATE VIEW parquet_rows AS ${parts.join(' UNION ALL BY NAME ')}`);
  const names: string[] = [];
  const described = queryRows(connection, 'SELECT column_name FROM (DESCRIBE parquet_rows)');
  for await (const [name] of described) {
    if (name !== '__index' && !isAddedColumn(String(name))) names.push(String(name));
  }
  return { kind: 'parquet', names, bytesPerRow: bytes / Math.max(1, first) };
}

/** SQL for a row's own columns as one JSON object. */
export const parquetRowJson = (names: readonly string[]): string =>
  `to_json({${names.map((name) => `${quoteText(name)}: ${quoteName(name)}`).join(', ')}})`;

const readParquet = (path: string, options: string): string => `read_parquet(${parquetPath(path)}${options})`;

/** As a pattern, DuckDB would take `*` and the like in a file's name for wildcards. */
const parquetPath = (path: string): string => quoteText(path.replace(/[*?[]/g, '[$&]'));
