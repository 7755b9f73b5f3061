import type { DuckDBConnection, DuckDBDataChunk, DuckDBListVector } from '@duckdb/node-api';
import { queryRow, quoteText } from '../../database/database.js';
import { badFile } from './embeddings-file.js';

/** Vectors, and whose they are. */
export interface EmbeddingVectors {
  /** Row-major; there are `values.length / dimension`. */
  readonly vectors: { readonly values: Float32Array; readonly dimension: number };
  /** By vector, the row's content hash; empty where the file has none. */
  readonly hashes: readonly string[];
  /** By vector, the row's position in its data; -1 where the file has none. */
  readonly indexes: Int32Array;
  readonly ids: readonly (string | null)[];
  /** By vector, whether its text was cut at the encoder's most tokens; false where the file does not say. */
  readonly truncated: readonly boolean[];
}

const LARGEST_INDEX = 2 ** 31 - 1;

/**
 * Reads the vectors of a Parquet file.
 *
 * @param names The file's columns.
 * @throws EvosiftError `bad_data`, with the row (from 0), for a vector of another length or with a number that is not finite.
 */
export async function readVectors(
  connection: DuckDBConnection,
  path: string,
  names: ReadonlySet<string>,
): Promise<EmbeddingVectors> {
  const column = (name: string, type: string): string => (names.has(name) ? `${name}::${type}` : `NULL::${type}`);
  const rows = `FROM read_parquet(${quoteText(path)}, file_row_number = true) WHERE embedding IS NOT NULL`;
  const [total] = await queryRow(connection, `SELECT count(*) ${rows}`);
  const [length] = await queryRow(connection, `SELECT len(embedding) ${rows} LIMIT 1`);
  const [count, dimension] = [Number(total), Number(length ?? 0)];
  if (count === 0 || dimension === 0) throw badFile(path, 'has no embedding at all');
  const values = new Float32Array(count * dimension);
  const indexes = new Int32Array(count).fill(-1);
  const hashes: string[] = [];
  const ids: (string | null)[] = [];
  const truncated: boolean[] = [];
  const result = await connection.stream(
    `SELECT embedding::FLOAT[], file_row_number, ${column('hash', 'VARCHAR')}, ${column('id', 'VARCHAR')},
     ${column('index', 'DOUBLE')}, ${column('truncated', 'BOOLEAN')} ${rows}`,
  );
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    const [, row, hash, id, index, isCut] = Array.from({ length: 6 }, (_, at) => chunk.getColumnVector(at));
    for (let at = 0; at < chunk.rowCount; at++) {
      const bad = copyVector(chunk, at, values.subarray(hashes.length * dimension, (hashes.length + 1) * dimension));
      const position = Number(index?.getItem(at) ?? -1);
      const why =
        !Number.isInteger(position) || position < -1 || position > LARGEST_INDEX
          ? `the index ${position} is no position in data`
          : bad;
      if (why !== null) throw badFile(path, `is no good at row ${String(row?.getItem(at))}: ${why}`);
      indexes[hashes.length] = position;
      hashes.push(String(hash?.getItem(at) ?? ''));
      ids.push((id?.getItem(at) ?? null) as string | null);
      truncated.push(isCut?.getItem(at) === true);
    }
  }
  return { vectors: { values, dimension }, hashes, indexes, ids, truncated };
}

/** Copies the embedding of a chunk's row. @returns What is wrong with it; null where nothing is. */
function copyVector(chunk: DuckDBDataChunk, at: number, target: Float32Array): string | null {
  const vectors = chunk.getColumnVector(0) as DuckDBListVector;
  const length = vectors.getEntryLength(at);
  if (length !== target.length)
    return `the embedding has ${length} numbers, the first one of the file ${target.length}`;
  const numbers = vectors.childVector;
  const from = vectors.getEntryOffset(at);
  for (let place = 0; place < length; place++) {
    const value = numbers.getItem(from + place);
    if (typeof value !== 'number' || !Number.isFinite(value))
      return `number ${place} of the embedding is ${String(value)}`;
    target[place] = value;
  }
  return null;
}
