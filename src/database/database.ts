import type { DuckDBAppender, DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EvosiftError, messageOf } from '../base/errors.js';
import { isRunning } from '../files/is-running.js';

/** Beyond this much, tables and sorts go to the temporary directory. */
const MEMORY_LIMIT = '128MiB';
const TEMPORARY = '.database-';

/** A DuckDB database, in memory as far as it fits, else in a folder inside the one that it was opened in. */
export interface Database extends AsyncDisposable {
  readonly connection: DuckDBConnection;
  /** For other files of whoever opened it; goes with the database. */
  readonly directory: string;
}

/**
 * Opens an empty database. No extension is ever fetched or loaded.
 * @param folder Where it may spill to.
 * @param user What needs it, as the message says that finds the folder not to be written to.
 * @throws EvosiftError `bad_data` where the folder can't be written to.
 */
export async function openDatabase(folder: string, user: string): Promise<Database> {
  await removeAbandoned(folder);
  const directory = await mkdtemp(join(folder, `${TEMPORARY}${process.pid}-`)).catch((cause: unknown) => {
    throw new EvosiftError(
      'bad_data',
      `${folder}: can't make a temporary folder there (${messageOf(cause)}), which ${user} needs`,
      { cause },
    );
  });
  // Loaded when it is needed: it takes a service 80 MiB.
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: MEMORY_LIMIT,
    temp_directory: join(directory, 'duckdb'),
    threads: '1',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  return {
    connection,
    directory,
    [Symbol.asyncDispose]: async () => {
      connection.closeSync();
      instance.closeSync();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Temporary folders of processes that were killed. */
async function removeAbandoned(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const pid = name.startsWith(TEMPORARY) ? Number(name.slice(TEMPORARY.length).split('-')[0]) : Number.NaN;
    if (Number.isInteger(pid) && pid > 0 && !isRunning(pid))
      await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** The rows of a query, streamed; INTEGER and DOUBLE come as number, BIGINT as bigint. */
export async function* queryRows(connection: DuckDBConnection, sql: string): AsyncGenerator<DuckDBValue[]> {
  const result = await connection.stream(sql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    yield* chunk.getRows();
  }
}

/** The only row of a query. */
export async function queryRow(connection: DuckDBConnection, sql: string): Promise<DuckDBValue[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRows()[0] ?? [];
}

/** Appends a text, or NULL. A lone surrogate has no UTF-8 form and becomes U+FFFD. */
export function appendText(appender: DuckDBAppender, value: string | null): void {
  if (value === null) appender.appendNull();
  else appender.appendVarchar(value.toWellFormed());
}

/** A name as SQL takes it whatever it holds. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text as an SQL literal. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
