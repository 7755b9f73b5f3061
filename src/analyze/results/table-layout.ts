import { EvosiftError } from '../../base/errors.js';
import type { BenchmarkResult } from './benchmark-result.js';

/** A row of a table as it was read: texts in CSV, anything in JSON lines and Parquet. */
export type TableRow = Readonly<Record<string, unknown>>;

/** A kind of table of results. */
export interface TableLayout {
  /** Its columns in words. */
  readonly expected: string;
  /** Whether a table with these columns is one. */
  readonly fits: (columns: readonly string[]) => boolean;
  /** Columns that it can't have. */
  readonly unknown: (columns: readonly string[]) => readonly string[];
  /** What a row says. @param where The row, as messages name it. */
  readonly results: (row: TableRow, where: string) => readonly BenchmarkResult[];
}

/** A cell as text; null where it is empty, or stands for nothing. */
export function cellText(row: TableRow, column: string): string | null {
  const value = row[column];
  const text = typeof value === 'string' ? value.trim() : value == null ? '' : String(value);
  return text === '' || text === '-' || text === 'N/A' ? null : text;
}

/** @throws EvosiftError `bad_data` where the cell is neither empty nor a number. */
export function cellNumber(row: TableRow, column: string, where: string): number | null {
  const text = cellText(row, column);
  if (text === null) return null;
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  throw new EvosiftError('bad_data', `${where}: column '${column}' must be a number, not ${JSON.stringify(text)}`);
}
