import type { DuckDBConnection } from '@duckdb/node-api';
import { tmpdir } from 'node:os';
import { EvosiftError, messageOf } from '../../base/errors.js';
import { openDatabase, queryRow, quoteText } from '../../database/database.js';
import type { TextForm } from './embedded-text.js';

/** What a file of embeddings says of itself, under this key among its metadata, as JSON. */
export const METADATA_KEY = 'evosift_embeddings';

/** What made a file of embeddings; fields are in snake_case. */
export interface FileIdentity {
  readonly kind: 'embeddings';
  readonly encoder: object;
  readonly text: TextForm;
}

/** Works on a Parquet file in a database. @throws EvosiftError `bad_data` naming the file where it can't be read. */
export async function withParquet<Result>(
  path: string,
  work: (connection: DuckDBConnection, table: string) => Promise<Result>,
): Promise<Result> {
  await using database = await openDatabase(tmpdir(), 'reading embeddings');
  try {
    return await work(database.connection, `read_parquet(${quoteText(path)})`);
  } catch (cause) {
    if (cause instanceof EvosiftError) throw cause;
    const [first = ''] = messageOf(cause).split('\n');
    throw new EvosiftError('bad_data', `${path} can't be read as Parquet: ${first}`, { cause });
  }
}

/** Null where the file is somebody else's. */
export async function readIdentity(connection: DuckDBConnection, path: string): Promise<FileIdentity | null> {
  const [text] = await queryRow(
    connection,
    `SELECT decode(value) FROM parquet_kv_metadata(${quoteText(path)}) WHERE decode(key) = ${quoteText(METADATA_KEY)}`,
  );
  return typeof text === 'string' ? (JSON.parse(text) as FileIdentity) : null;
}

export const badFile = (path: string, why: string): EvosiftError => new EvosiftError('bad_data', `${path} ${why}.`);
