import { EvosiftError } from '../../base/errors.js';
import type { EmbeddingVectors } from '../../embed/index.js';
import type { VectorSet } from '../../neighbors/index.js';
import type { RowKey } from '../rows/row-table.js';

/** The vectors of rows. */
export interface RowVectors {
  /** By vector, its row. */
  readonly rows: readonly RowKey[];
  readonly vectors: VectorSet;
  /** Rows without a vector. */
  readonly missing: readonly RowKey[];
  /** Rows whose text was cut for its vector. */
  readonly truncated: number;
}

/**
 * Finds the vectors of rows: by content hash where the file has hashes, else by index, else by id.
 *
 * @param path The file, for messages.
 * @throws EvosiftError `bad_data` where it has two different vectors of one key.
 */
export function matchEmbeddings(keys: readonly RowKey[], embeddings: EmbeddingVectors, path: string): RowVectors {
  const { values, dimension } = embeddings.vectors;
  const find = finderOf(embeddings, path);
  const found = keys.map((key) => [key, find(key)] as const);
  const rows = found.flatMap(([key, vector]) => (vector === undefined ? [] : [key]));
  const matched = new Float32Array(rows.length * dimension);
  let offset = 0;
  for (const [, vector] of found) {
    if (vector === undefined) continue;
    matched.set(values.subarray(vector * dimension, (vector + 1) * dimension), offset);
    offset += dimension;
  }
  const missing = found.flatMap(([key, vector]) => (vector === undefined ? [key] : []));
  const truncated = found.filter(([, vector]) => vector !== undefined && embeddings.truncated[vector] === true).length;
  return { rows, vectors: { values: matched, dimension }, missing, truncated };
}

function finderOf(embeddings: EmbeddingVectors, path: string): (key: RowKey) => number | undefined {
  const { hashes, ids } = embeddings;
  const indexes = Array.from(embeddings.indexes);
  if (hasHashes(embeddings)) {
    const byHash = vectorsBy('hash', hashes, (hash) => hash !== '', embeddings, path);
    return ({ hash }) => (hash === null ? undefined : byHash.get(hash));
  }
  if (indexes.some((index) => index >= 0)) {
    const byIndex = vectorsBy('index', indexes, (index) => index >= 0, embeddings, path);
    return ({ index }) => byIndex.get(index);
  }
  const byId = vectorsBy('id', ids, (id) => id !== null, embeddings, path);
  return ({ id }) => (id === null ? undefined : byId.get(id));
}

/** By key, its vector. */
function vectorsBy<Key>(
  name: string,
  keys: readonly Key[],
  isKey: (key: Key) => boolean,
  { vectors: { values, dimension } }: EmbeddingVectors,
  path: string,
): ReadonlyMap<Key, number> {
  const found = new Map<Key, number>();
  const differ = (one: number, other: number): boolean => {
    for (let place = 0; place < dimension; place++) {
      if (values[one * dimension + place] !== values[other * dimension + place]) return true;
    }
    return false;
  };
  for (const [vector, key] of keys.entries()) {
    if (!isKey(key)) continue;
    const earlier = found.get(key);
    if (earlier === undefined) found.set(key, vector);
    else if (differ(earlier, vector)) {
      throw new EvosiftError(
        'bad_data',
        `${path} has two different embeddings of the ${name} ${String(key)}; keep the one that is the row's`,
        { option: 'embeddings' },
      );
    }
  }
  return found;
}

/** Whether vectors are told by their rows' contents. */
export const hasHashes = ({ hashes }: EmbeddingVectors): boolean => hashes.some((hash) => hash !== '');

/** Indexes and ids say which row of a file, and not of which file. @throws EvosiftError `bad_data`. */
export function checkSeveralRuns(path: string, embeddings: EmbeddingVectors, runs: number): void {
  if (runs < 2 || hasHashes(embeddings)) return;
  throw new EvosiftError(
    'bad_data',
    `${path} tells its embeddings by index or id, which do not say of which of the ${runs} runs a row is\n` +
      "Give it a column hash (the rows' content hashes, as rows.parquet has them), or analyse each run by itself.",
    { option: 'embeddings' },
  );
}

/** What a user is told of a file of embeddings that lacks some of a run's rows. */
export function missesRows(path: string, run: string, { rows, missing }: RowVectors): EvosiftError {
  const [first] = missing;
  return new EvosiftError(
    'bad_data',
    `${path} has no embedding of ${missing.length} of the ${rows.length + missing.length} scored rows of ${run}, ` +
      `the first being row ${first?.index}\n` +
      'Embed the very rows that were scored; they are found by hash, or else by index or id.',
    { option: 'embeddings' },
  );
}
