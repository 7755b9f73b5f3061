import { EvosiftError } from '../base/errors.js';
import { detectFile } from './detect-file.js';
import { findFiles } from './find-files.js';
import { readChunks } from '../files/chunks.js';
import { csvFields, CsvSplitter } from './readers/csv.js';
import { decodeCsvRow, decodeJsonRow, type DecodedRow } from './readers/decode-row.js';
import { JsonArraySplitter } from './readers/json-array.js';
import { JsonLinesSplitter } from '../files/json-lines.js';
import { countParquet, readParquet } from './readers/parquet.js';
import type { RowSlice, RowSplitter } from '../files/row-splitter.js';
import type { OpenRowsOptions, RowRange, RowSource, SourceFile, SourceRow } from './source-row.js';

/**
 * Finds the files that `sources` (files, globs, directories) stand for, looks at what each one is, and offers their
 * rows as a stream. Throws `bad_data` where a file is missing, unreadable, empty, or of a format that is not read.
 */
export async function openRows(sources: readonly string[], options: OpenRowsOptions = {}): Promise<RowSource> {
  const paths = await findFiles(sources, options.split);
  return new Files(await Promise.all(paths.map(detectFile)));
}

class Files implements RowSource {
  /** Rows of each file that has been read to its end once: a later range passes over it unopened. */
  readonly #counts: (number | undefined)[] = [];

  constructor(readonly files: readonly SourceFile[]) {}

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
      for await (const batch of readFile(file, index - first, to - first)) {
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
async function* readFile(file: SourceFile, from: number, to: number): AsyncGenerator<FileRow[] | number> {
  if (file.format === 'parquet') {
    for await (const records of readParquet(file.path, from, to)) {
      yield records.map((record) => ({ line: null, offset: null, length: null, record, problem: null }));
    }
    const count = await countParquet(file.path);
    if (count <= to) yield count;
    return;
  }
  let decode: ((bytes: Buffer) => DecodedRow) | null = file.format === 'csv' ? null : decodeJsonRow;
  let count = 0;
  for await (const slices of splitFile(file)) {
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
    if (wanted.length > 0) yield wanted.map((slice) => fileRow(slice, decodeSlice(slice.bytes), file));
    if (count >= to && begin + skipped + wanted.length < slices.length) return;
  }
  yield count;
}

async function countRows(file: SourceFile): Promise<number> {
  if (file.format === 'parquet') return countParquet(file.path);
  let count = 0;
  for await (const slices of splitFile(file)) count += slices.length;
  return file.format === 'csv' ? Math.max(0, count - 1) : count;
}

/** A file's rows as bytes, those of a chunk at a time; each batch is valid until the next one is asked for. */
async function* splitFile(file: SourceFile): AsyncGenerator<RowSlice[]> {
  let splitter: RowSplitter | null = null;
  for await (const chunk of readChunks(file.path, file.gzip)) {
    let bytes = chunk;
    if (splitter === null) {
      const mark = chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? 3 : 0;
      splitter = makeSplitter(file, mark);
      bytes = chunk.subarray(mark);
    }
    yield* split((rows) => splitter?.push(bytes, rows));
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

function makeSplitter({ path, format, delimiter }: SourceFile, offset: number): RowSplitter {
  if (format === 'csv') return new CsvSplitter(path, offset, delimiter);
  return format === 'json' ? new JsonArraySplitter(path, offset) : new JsonLinesSplitter(path, offset);
}

function csvDecoder(header: RowSlice, { path, delimiter }: SourceFile): (bytes: Buffer) => DecodedRow {
  const names = csvFields(header.bytes.toString(), delimiter);
  const repeated = names.find((name, column) => names.indexOf(name) !== column);
  if (repeated !== undefined) {
    throw new EvosiftError('bad_data', `${path} line ${header.line}: the header names column '${repeated}' twice`);
  }
  return (bytes) => decodeCsvRow(bytes, names, delimiter);
}

function fileRow({ bytes, offset, line }: RowSlice, decoded: DecodedRow, { path, gzip }: SourceFile): FileRow {
  const place = gzip ? { line, offset: null, length: null } : { line, offset, length: bytes.length };
  if (decoded.record !== null) return { ...place, record: decoded.record, problem: null };
  return { ...place, record: null, problem: { detail: `${path} line ${line}: ${decoded.problem}` } };
}
