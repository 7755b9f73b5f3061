import type { Compression } from '../files/compression.js';
import type { TableOrient } from './readers/json-table.js';

/** How the rows of a file are written down. */
export type DataFormat = 'json' | 'jsonl' | 'csv' | 'parquet';

/** An array of rows inside the one object that a JSON file holds. */
export interface WrappedArray {
  /** The member that it is. */
  readonly field: string;
  /** Of its opening bracket, in the decompressed file. */
  readonly offset: number;
  /** 1-based. */
  readonly line: number;
}

/** A file that rows are read from. */
export interface SourceFile {
  readonly path: string;
  /** Bytes on disk (of a compressed file: compressed). */
  readonly size: number;
  /** `json-table`: one JSON object that holds columns, or rows by key. */
  readonly format: DataFormat | 'json-table';
  /** Of a `json` file: where its array is; null where that is all of the file. */
  readonly wrapped: WrappedArray | null;
  /** Of a `json-table`, else null. */
  readonly orient: TableOrient | null;
  readonly compression: Compression | null;
  /** The field separator of a CSV file, else empty. */
  readonly delimiter: string;
}

/** A row as its file holds it, before anything is known of its meaning. */
export interface SourceRow {
  /** From 0; runs on across files. */
  readonly index: number;
  /** Position of the row's file in `RowSource.files`. */
  readonly file: number;
  /** 1-based line on which the row begins; null for Parquet and tables in JSON. */
  readonly line: number | null;
  /**
   * The bytes [offset, offset+length) of the file are the row's own text, without the comma or line end that follows.
   * Null where a row can't be addressed so (compressed, Parquet, tables in JSON).
   */
  readonly offset: number | null;
  readonly length: number | null;
  /**
   * Fields in file order; null where the row is no object. CSV fields are strings. Integers beyond 2^53 are bigint, a
   * NaN literal is null, an Infinity literal the number.
   */
  readonly record: Readonly<Record<string, unknown>> | null;
  /** Why there is no record, which becomes the reason that it is unscored; `detail` names file and line. */
  readonly problem: { readonly reason: 'malformed_row' | 'too_long'; readonly detail: string } | null;
}

/** Rows [from, to) by index. */
export interface RowRange {
  readonly from?: number;
  readonly to?: number;
}

/** All rows of some files, read as a stream in order; may be read any number of times. */
export interface RowSource extends AsyncIterable<SourceRow> {
  readonly files: readonly SourceFile[];
  /**
   * The rows of a range; those before it are passed over without being parsed. Ends early where there are fewer.
   * Throws `bad_data` where a file breaks off or can't be read on (after the rows before that point).
   */
  rows(range?: RowRange): AsyncIterable<SourceRow>;
  /** How many rows there are in all: one pass over the files, without parsing them (Parquet: from its metadata). */
  count(): Promise<number>;
}

export interface OpenRowsOptions {
  /** Of a directory, only the files of this split, e.g. `train`. */
  readonly split?: string;
  /** Of files that are one JSON object, the member that is the array of rows; needed where there are several. */
  readonly field?: string;
  /** The longest row that is read, in bytes of its file's text (not of Parquet); default 16 MiB. */
  readonly maxRowBytes?: number;
}

export const DEFAULT_MAX_ROW_BYTES = 16 * 1024 * 1024;
