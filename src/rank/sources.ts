import type { DuckDBConnection } from '@duckdb/node-api';
import { basename, join } from 'node:path';
import { openRows, openTable } from '../rows/open-rows.js';
import { readChunks } from '../files/chunks.js';
import { withoutCompression } from '../files/compression.js';
import { csvFields, CsvSplitter } from '../rows/readers/csv.js';
import type { RowSlice } from '../files/row-splitter.js';
import type { OpenRowsOptions, RowSource, SourceFile } from '../rows/source-row.js';
import { EvosiftError } from '../base/errors.js';
import { queryRows, quoteName, quoteText } from '../database/database.js';
import { firstSentence } from './expression.js';
import { onOneLine } from './json-object.js';
import { writeFailure, writeStream } from './output-stream.js';
import type { RowShape } from './row-text.js';

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** The rows of a run's data, with their texts at known places of files. */
export interface Sources {
  readonly rows: RowSource;
  /** By file. */
  readonly shapes: readonly RowShape[];
  /** The columns' own types, where all files are Parquet. */
  readonly types: ReadonlyMap<string, string> | null;
}

/**
 * Makes rows readable in any order. What can't be addressed is read once, in order, into a copy in `directory`: what
 * is compressed is unpacked, Parquet becomes JSON lines from which every value can be had back as it was, and so does a table in JSON.
 */
export async function openSources(
  connection: DuckDBConnection,
  directory: string,
  paths: readonly string[],
  open: OpenRowsOptions,
): Promise<Sources> {
  const { files } = await openRows(paths, open);
  const addressable: string[] = [];
  for (const [number, file] of files.entries()) {
    const prefix = join(directory, `source-${number}-`);
    if (file.format === 'parquet') addressable.push(await copyParquet(connection, file.path, `${prefix}rows.jsonl`));
    else if (file.format === 'json-table') addressable.push(await copyTable(file, `${prefix}rows.jsonl`));
    else if (file.compression !== null) addressable.push(await unpack(file, prefix));
    else addressable.push(file.path);
  }
  const rows = await openRows(addressable, open);
  const isParquet = files.every(({ format }) => format === 'parquet');
  return {
    rows,
    shapes: await Promise.all(rows.files.map((file, number) => shapeOf(file, files[number]?.format !== 'parquet'))),
    types: isParquet ? await parquetTypes(connection, files) : null,
  };
}

async function unpack({ path, compression }: SourceFile, prefix: string): Promise<string> {
  const copy = `${prefix}${basename(withoutCompression(path).path)}`;
  await writeStream(copy, async (output) => {
    for await (const chunk of readChunks(path, compression)) {
      output.push(chunk);
      await output.flush();
    }
  });
  return copy;
}

async function copyTable(file: SourceFile, copy: string): Promise<string> {
  const table = await openTable(file);
  await writeStream(copy, async (output) => {
    for (let row = 0; row < table.length; row++) {
      output.push(onOneLine(table.row(row)));
      output.push('\n');
      await output.ready();
    }
  });
  return copy;
}

/** Numbers of fixed point would go through a double on their way to JSON, and bytes inside a list through no escape. */
const AS_TEXT = /DECIMAL|BLOB/;

async function copyParquet(connection: DuckDBConnection, path: string, copy: string): Promise<string> {
  const columns: string[] = [];
  try {
    for await (const [name, type] of describeParquet(connection, [path])) {
      const column = quoteName(name);
      columns.push(AS_TEXT.test(type) ? `CAST(${column} AS VARCHAR) AS ${column}` : column);
    }
    const query = `SELECT ${columns.join(', ')} FROM read_parquet(${parquetPath(path)})`;
    await connection.run(`COPY (${query}) TO ${quoteText(copy)} (FORMAT json)`);
  } catch (error) {
    const failure = writeFailure(copy, error);
    if (failure !== error) throw failure;
    throw new EvosiftError('bad_data', `${path} can't be read as Parquet: ${firstSentence(error)}`, { cause: error });
  }
  return copy;
}

async function parquetTypes(connection: DuckDBConnection, files: readonly SourceFile[]): Promise<Map<string, string>> {
  const types = new Map<string, string>();
  const paths = files.map(({ path }) => path);
  for await (const [name, type] of describeParquet(connection, paths)) types.set(name, type);
  return types;
}

async function* describeParquet(
  connection: DuckDBConnection,
  paths: readonly string[],
): AsyncGenerator<[name: string, type: string]> {
  const list = `[${paths.map(parquetPath).join(', ')}]`;
  const sql = `SELECT column_name, column_type FROM (DESCRIBE FROM read_parquet(${list}, union_by_name = true))`;
  for await (const [name, type] of queryRows(connection, sql)) yield [String(name), String(type)];
}

/** As a pattern, DuckDB would take `*` and the like in a file's name for wildcards. */
const parquetPath = (path: string): string => quoteText(path.replace(/[*?[]/g, '[$&]'));

async function shapeOf(file: SourceFile, isOwnText: boolean): Promise<RowShape> {
  if (file.format !== 'csv') return { kind: 'json', isOwnText };
  const { path, delimiter } = file;
  const splitter = new CsvSplitter(path, 0, delimiter);
  const records: RowSlice[] = [];
  let isFirst = true;
  for await (const chunk of readChunks(path, null)) {
    const marked = isFirst && chunk.indexOf(BYTE_ORDER_MARK) === 0;
    splitter.push(marked ? chunk.subarray(BYTE_ORDER_MARK.length) : chunk, records);
    isFirst = false;
    if (records.length > 0) break;
  }
  if (records.length === 0) splitter.end(records);
  const header = Buffer.from(records[0]?.bytes ?? []);
  return { kind: 'csv', header, names: csvFields(header.toString(), delimiter), delimiter };
}
