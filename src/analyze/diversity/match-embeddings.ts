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

/** Finds the vectors of rows: by content hash where the file has hashes, else by index, else by id. */
export function matchEmbeddings(keys: readonly RowKey[], embeddings: EmbeddingVectors): RowVectors {
  const { values, dimension } = embeddings.vectors;
  const find = finderOf(embeddings);
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

function finderOf({ hashes, indexes, ids }: EmbeddingVectors): (key: RowKey) => number | undefined {
  if (hashes.some((hash) => hash !== '')) {
    const byHash = new Map(hashes.map((hash, vector) => [hash, vector]));
    return ({ hash }) => (hash === null ? undefined : byHash.get(hash));
  }
  if (indexes.some((index) => index >= 0)) {
    const byIndex = new Map(Array.from(indexes, (index, vector) => [index, vector]));
    return ({ index }) => byIndex.get(index);
  }
  const byId = new Map(ids.map((id, vector) => [id, vector]));
  return ({ id }) => (id === null ? undefined : byId.get(id));
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
