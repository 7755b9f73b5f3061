import type { DuckDBConnection, JS } from '@duckdb/node-api';
import { isRecord } from '../../base/json.js';
import { EvosiftError } from '../../base/errors.js';

/**
 * The rows [from, to) of a Parquet file in file order, a vector (at most 2,048 rows) at a time. Integers are numbers
 * where a double holds them and bigint beyond; dates are Date objects.
 * Throws `bad_data` for a file that DuckDB can't read.
 */
export async function* readParquet(path: string, from: number, to: number): AsyncGenerator<Record<string, unknown>[]> {
  const connection = await connect();
  try {
    // One thread: rows come in file order, and no more than a row group is in memory.
    await connection.run('SET threads = 1');
    const result = await connection.stream(
      `SELECT * EXCLUDE (file_row_number) FROM read_parquet(${quoted(path)}, file_row_number = true)
       WHERE file_row_number >= ${from} ${to === Infinity ? '' : `AND file_row_number < ${to}`}`,
    );
    for await (const rows of result.yieldRowObjectJs()) yield rows.map(plainRecord);
  } catch (error) {
    throw damaged(path, error);
  } finally {
    connection.closeSync();
  }
}

/** The number of rows, from the file's metadata. */
export async function countParquet(path: string): Promise<number> {
  const connection = await connect();
  try {
    const result = await connection.runAndReadAll(`SELECT num_rows FROM parquet_file_metadata(${quoted(path)})`);
    return Number(result.getRows()[0]?.[0] ?? 0);
  } catch (error) {
    throw damaged(path, error);
  } finally {
    connection.closeSync();
  }
}

/** A database in memory that fetches nothing: Parquet is compiled in. */
async function connect(): Promise<DuckDBConnection> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  return instance.connect();
}

/** As a pattern, DuckDB would take `*` and the like in a file's name for wildcards. */
function quoted(path: string): string {
  const literal = path.replace(/[*?[]/g, '[$&]');
  return `'${literal.replaceAll("'", "''")}'`;
}

function plainRecord(row: Record<string, JS>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(plainValue);
  if (isRecord(value) && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainValue(inner)]));
  }
  return value;
}

function damaged(path: string, error: unknown): unknown {
  if (error instanceof EvosiftError) return error;
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  return new EvosiftError('bad_data', `${path} can't be read as Parquet: ${message}`, { cause: error });
}
