import { EvosiftError } from '../base/errors.js';
import { byteOrderMark } from '../files/bytes.js';
import { detectFile } from './detect-file.js';
import { findFiles } from './find-files.js';
import { readChunks } from '../files/chunks.js';
import { csvFields, CsvSplitter } from './readers/csv.js';
import { decodeCsvRow, decodeJsonRow, type DecodedRow } from './readers/decode-row.js';
import { JsonArraySplitter } from './readers/json-array.js';
import { JsonTable } from './readers/json-table.js';
import { JsonLinesSplitter } from '../files/json-lines.js';
import { countParquet, readParquet } from './readers/parquet.js';
import { isTooLong, type RowSlice, type RowSplitter } from '../files/row-splitter.js';
import {
  DEFAULT_MAX_ROW_BYTES,
  type OpenRowsOptions,
  type RowRange,
  type RowSource,
  type SourceFile,
  type SourceRow,
} from './source-row.js';

/**
 * Finds the files that `sources` (files, globs, directories) stand for, looks at what each one is, and offers their
 * rows as a stream. Throws `bad_data` where a file is missing, unreadable, empty, or of a format that is not read.
 */
export async function openRows(sources: readonly string[], options: OpenRowsOptions = {}): Promise<RowSource> {
  const paths = await findFiles(sources, options.split);
  const files = await Promise.all(paths.map((path) => detectFile(path, options)));
  return new Files(files, options.maxRowBytes ?? DEFAULT_MAX_ROW_BYTES);
}

class Files implements RowSource {
  /** Rows of each file that has been read to its end once: a later range passes over it unopened. */
  readonly #counts: (number | undefined)[] = [];

  constructor(
    readonly files: readonly SourceFile[],
    private readonly maxRowBytes: number,
  ) {}

  [Symbol.asyncIterator](): AsyncIterator<SourceRow> {
    return this.rows()[Symbol.asyncIterator]();
  }

  async *rows({ from = 0, to = Infinity }: RowRange = {}): AsyncGenerator<SourceRow> {
    let first = 0;
    for (const [number, file] of this.files.entries()) {
      if (first >= to) return;
      const known = this.#counts[number];
      if (known !== undefined && first + known <= from) {
        first += known;
        continue;
      }
      let index = Math.max(first, from);
      let ended = false;
      for await (const batch of readFile(file, this.maxRowBytes, index - first, to - first)) {
        if (typeof batch === 'number') {
          this.#counts[number] = batch;
          first += batch;
          ended = true;
          continue;
        }
        for (const row of batch) yield { index: index++, file: number, ...row };
      }
      // The range ends inside the file.
      if (!ended) return;
    }
    if (first === 0) throw new EvosiftError('bad_data', `${this.files.map((file) => file.path).join(', ')}: no rows`);
  }

  async count(): Promise<number> {
    for (const [number, file] of this.files.entries()) this.#counts[number] ??= await countRows(file);
    return this.#counts.reduce((sum: number, count) => sum + (count ?? 0), 0);
  }
}

type FileRow = Omit<SourceRow, 'index' | 'file'>;

/** Batches of the rows [from, to) of one file; at its end (if the range goes so far) how many rows it has in all. */
async function* readFile(
  file: SourceFile,
  maxRowBytes: number,
  from: number,
  to: number,
): AsyncGenerator<FileRow[] | number> {
  if (file.format === 'parquet') {
    for await (const records of readParquet(file.path, from, to)) {
      yield records.map((record) => ({ line: null, offset: null, length: null, record, problem: null }));
    }
    const count = await countParquet(file.path);
    if (count <= to) yield count;
    return;
  }
  if (file.format === 'json-table') {
    const table = await openTable(file);
    for (let number = from; number < Math.min(to, table.length); number += ROWS_PER_BATCH) {
      const end = Math.min(number + ROWS_PER_BATCH, to, table.length);
      yield Array.from({ length: end - number }, (_, place) => tableRow(table, number + place, file, maxRowBytes));
    }
    if (table.length <= to) yield table.length;
    return;
  }
  let decode: ((bytes: Buffer) => DecodedRow) | null = file.format === 'csv' ? null : decodeJsonRow;
  let count = 0;
  for await (const slices of splitFile(file, maxRowBytes)) {
    let begin = 0;
    if (decode === null) {
      const [header] = slices;
      if (header === undefined) continue;
      decode = csvDecoder(header, file);
      begin = 1;
    }
    const skipped = Math.min(Math.max(from - count, 0), slices.length - begin);
    count += skipped;
    const wanted = slices.slice(begin + skipped, begin + skipped + Math.max(to - count, 0));
    count += wanted.length;
    const decodeSlice = decode;
    if (wanted.length > 0) yield wanted.map((slice) => fileRow(slice, decodeSlice, file, maxRowBytes));
    if (count >= to && begin + skipped + wanted.length < slices.length) return;
  }
  yield count;
}

/** Rows of a table that are decoded at one time. */
const ROWS_PER_BATCH = 1_024;

async function countRows(file: SourceFile): Promise<number> {
  if (file.format === 'parquet') return countParquet(file.path);
  if (file.format === 'json-table') return (await openTable(file)).length;
  let count = 0;
  for await (const slices of splitFile(file, DEFAULT_MAX_ROW_BYTES)) count += slices.length;
  return file.format === 'csv' ? Math.max(0, count - 1) : count;
}

/** A file's rows as bytes, those of a chunk at a time; each batch is valid until the next one is asked for. */
async function* splitFile(file: SourceFile, maxRowBytes: number): AsyncGenerator<RowSlice[]> {
  let splitter: RowSplitter | null = null;
  /** Bytes before the rows that are still to come. */
  let before = 0;
  for await (const chunk of readChunks(file.path, file.compression)) {
    if (splitter === null) {
      before = file.wrapped?.offset ?? byteOrderMark(chunk);
      splitter = makeSplitter(file, before, maxRowBytes);
    }
    const current = splitter;
    const bytes = chunk.subarray(Math.min(before, chunk.length));
    before -= chunk.length - bytes.length;
    yield* split((rows) => current.push(bytes, rows));
  }
  yield* split((rows) => splitter?.end(rows));
}

/** The rows that come before an error are handed out before it is thrown. */
function* split(step: (rows: RowSlice[]) => void): Generator<RowSlice[]> {
  const rows: RowSlice[] = [];
  try {
    step(rows);
  } catch (error) {
    yield rows;
    throw error;
  }
  yield rows;
}

function makeSplitter(
  { path, format, delimiter, wrapped }: SourceFile,
  offset: number,
  maxRowBytes: number,
): RowSplitter {
  if (format === 'csv') return new CsvSplitter(path, offset, delimiter, maxRowBytes);
  if (format !== 'json') return new JsonLinesSplitter(offset, maxRowBytes);
  const span = { offset, line: wrapped?.line ?? 1, isInside: wrapped !== null };
  return new JsonArraySplitter(path, span, maxRowBytes);
}

/** The table that a file holds. @throws EvosiftError `bad_data` where it is too large, or is none. */
export const openTable = ({ path, compression, orient }: SourceFile): Promise<JsonTable> =>
  JsonTable.read(path, readChunks(path, compression), orient ?? 'columns');

function tableRow(table: JsonTable, number: number, { path }: SourceFile, maxRowBytes: number): FileRow {
  const place = { line: null, offset: null, length: null };
  const bytes = table.row(number);
  const problemPlace = `${path}, row ${number} of the table`;
  if (bytes.length > maxRowBytes) return { ...place, ...tooLong(problemPlace, bytes.length, maxRowBytes) };
  return { ...place, ...decodedRow(problemPlace, decodeJsonRow(bytes)) };
}

function csvDecoder(header: RowSlice, { path, delimiter }: SourceFile): (bytes: Buffer) => DecodedRow {
  if (isTooLong(header)) throw new EvosiftError('bad_data', `${path} line ${header.line}: the header is too long`);
  const names = csvFields(header.bytes.toString(), delimiter);
  const repeated = names.find((name, column) => names.indexOf(name) !== column);
  if (repeated !== undefined) {
    throw new EvosiftError('bad_data', `${path} line ${header.line}: the header names column '${repeated}' twice`);
  }
  return (bytes) => decodeCsvRow(bytes, names, delimiter);
}

function fileRow(
  slice: RowSlice,
  decode: (bytes: Buffer) => DecodedRow,
  { path, compression }: SourceFile,
  maxRowBytes: number,
): FileRow {
  const { bytes, offset, line, length } = slice;
  const place = compression === null ? { line, offset, length } : { line, offset: null, length: null };
  const problemPlace = `${path} line ${line}`;
  if (isTooLong(slice)) return { ...place, ...tooLong(problemPlace, length, maxRowBytes) };
  return { ...place, ...decodedRow(problemPlace, decode(bytes)) };
}

type Content = Pick<SourceRow, 'record' | 'problem'>;

function decodedRow(place: string, decoded: DecodedRow): Content {
  if (decoded.record !== null) return { record: decoded.record, problem: null };
  return { record: null, problem: { reason: 'malformed_row', detail: `${place}: ${decoded.problem}` } };
}

function tooLong(place: string, length: number, maxRowBytes: number): Content {
  const detail = `${place}: the row has ${length} bytes; the limit \`maxRowBytes\` is ${maxRowBytes}`;
  return { record: null, problem: { reason: 'too_long', detail } };
}
