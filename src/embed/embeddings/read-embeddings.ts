import type { DuckDBConnection } from '@duckdb/node-api';
import { access } from 'node:fs/promises';
import { unreadable } from '../../base/file-error.js';
import { toCamelCase } from '../../base/snake-case.js';
import { queryRows } from '../../database/database.js';
import { badFile, readIdentity, withParquet } from './embeddings-file.js';
import type { EncoderAbout } from '../encoders/encoder.js';
import type { TextForm } from './embedded-text.js';
import { readVectors, type EmbeddingVectors } from './read-vectors.js';

/** Vectors of rows, in the order of their file; rows without one are left out. */
export interface Embeddings extends EmbeddingVectors {
  /** How many rows have no vector, by reason. */
  readonly missing: Readonly<Record<string, number>>;
  /** What made them, and of what text; null where the file is not evosift's. */
  readonly about: EncoderAbout | null;
  readonly text: TextForm | null;
}

const KEYS = ['hash', 'id', 'index'] as const;
const NUMBERS = /^(?:FLOAT|DOUBLE|DECIMAL\(.*\)|U?(?:TINY|SMALL|BIG)?INT(?:EGER)?)\[\d*\]$/;

/**
 * Reads a Parquet file of embeddings: one of `embedRows`, or any with a column `embedding` (lists of numbers, all of one
 * length) and `hash`, `id` or `index`, which say whose they are.
 *
 * @throws EvosiftError `bad_data` where the file can't be read, has not these columns, or a vector of another length or with
 *   a number that is not finite.
 */
export async function readEmbeddings(path: string): Promise<Embeddings> {
  await access(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  return withParquet(path, async (connection, table) => {
    const names = await checkColumns(connection, table, path);
    const identity = await readIdentity(connection, path);
    const about = identity === null ? null : (toCamelCase(identity.encoder) as EncoderAbout);
    const found = await readVectors(connection, path, names);
    const missing = await countMissing(connection, table, names);
    return { ...found, missing, about, text: identity?.text ?? null };
  });
}

/** @returns The file's columns. */
async function checkColumns(connection: DuckDBConnection, table: string, path: string): Promise<ReadonlySet<string>> {
  const types = new Map<string, string>();
  for await (const [name, type] of queryRows(
    connection,
    `SELECT column_name, column_type FROM (DESCRIBE FROM ${table})`,
  ))
    types.set(String(name), String(type));
  const type = types.get('embedding');
  const there = `its columns are ${[...types.keys()].join(', ')}`;
  if (type === undefined) throw badFile(path, `has no column embedding (${there})`);
  if (!NUMBERS.test(type)) throw badFile(path, `has ${type} in its column embedding, which must hold lists of numbers`);
  if (!KEYS.some((key) => types.has(key))) {
    throw badFile(path, `has no column ${KEYS.join(', ')} that says whose its embeddings are (${there})`);
  }
  return new Set(types.keys());
}

async function countMissing(
  connection: DuckDBConnection,
  table: string,
  names: ReadonlySet<string>,
): Promise<Readonly<Record<string, number>>> {
  const reason = names.has('reason') ? "coalesce(reason::VARCHAR, 'unknown')" : "'unknown'";
  const missing: Record<string, number> = {};
  const sql = `SELECT ${reason} AS why, count(*) FROM ${table} WHERE embedding IS NULL GROUP BY why ORDER BY why`;
  for await (const [why, count] of queryRows(connection, sql)) missing[String(why)] = Number(count);
  return missing;
}
