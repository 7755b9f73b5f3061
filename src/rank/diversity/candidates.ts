import { EvosiftError } from '../../base/errors.js';
import { queryRows } from '../../database/database.js';
import type { VectorSet } from '../../neighbors/index.js';
import type { RankedRun } from '../ranked-rows.js';
import type { RunVectors } from './run-vectors.js';

/** Rows that may be selected, best first, with their vectors in that order. */
export interface Candidates {
  /** Their score lines. */
  readonly units: Int32Array;
  /** Their positions in the data. */
  readonly indexes: Int32Array;
  readonly vectors: VectorSet;
  /** Those that have no vector. */
  readonly without: readonly number[];
}

/**
 * @param eligible SQL for the units that may be selected, in order.
 * @throws EvosiftError `bad_data` where a file of embeddings misses some of them.
 */
export async function readCandidates(run: RankedRun, eligible: string, found: RunVectors): Promise<Candidates> {
  const { hashes, indexes, ids, vectors, path, isOurs } = found;
  // Content finds rows wherever they moved to; ids and places are what other programs write.
  const byHash = placesOf(hashes.map((hash) => (hash === '' ? null : hash)));
  const byId = byHash.size > 0 ? byHash : placesOf(ids);
  const byIndex = byId.size > 0 ? byId : placesOf(Array.from(indexes, (index) => (index < 0 ? null : String(index))));
  const kept: { unit: number; index: number; place: number }[] = [];
  const without: number[] = [];
  let first: number | null = null;
  const sql = `SELECT lines.unit, lines.index, lines.hash, json_extract_string(lines.id, '$')
    FROM (${eligible}) eligible JOIN lines ON lines.unit = eligible.unit ORDER BY eligible.place`;
  for await (const [unit, index, hash, id] of queryRows(run.connection, sql)) {
    const key = byHash.size > 0 ? hash : byId.size > 0 ? id : index;
    const place = byIndex.get(String(key));
    if (place !== undefined) kept.push({ unit: Number(unit), index: Number(index), place });
    else {
      first ??= Number(index);
      without.push(Number(unit));
    }
  }
  if (first !== null && !isOurs) {
    throw new EvosiftError(
      'bad_data',
      `rank: \`embeddings\`: ${path} has no vector for ${without.length} of the ${kept.length + without.length} rows to select from, ` +
        `the first of them row ${first}; embed the run's own rows`,
      { option: 'embeddings' },
    );
  }
  const { dimension, values } = vectors;
  const ordered = new Float32Array(kept.length * dimension);
  for (const [at, { place }] of kept.entries()) {
    ordered.set(values.subarray(place * dimension, (place + 1) * dimension), at * dimension);
  }
  return {
    units: Int32Array.from(kept, ({ unit }) => unit),
    indexes: Int32Array.from(kept, ({ index }) => index),
    vectors: { values: ordered, dimension },
    without,
  };
}

/** Some of the candidates, by their places, in that order. */
export function someOf({ units, indexes, vectors }: Candidates, places: readonly number[]): Candidates {
  const { dimension, values } = vectors;
  const some = new Float32Array(places.length * dimension);
  for (const [at, place] of places.entries()) {
    some.set(values.subarray(place * dimension, (place + 1) * dimension), at * dimension);
  }
  return {
    units: Int32Array.from(places, (place) => units[place] ?? -1),
    indexes: Int32Array.from(places, (place) => indexes[place] ?? -1),
    vectors: { values: some, dimension },
    without: [],
  };
}

/** The best `count` of the candidates. */
export const firstOf = ({ units, indexes, vectors }: Candidates, count: number): Candidates => ({
  units: units.subarray(0, count),
  indexes: indexes.subarray(0, count),
  vectors: { values: vectors.values.subarray(0, count * vectors.dimension), dimension: vectors.dimension },
  without: [],
});

const placesOf = (keys: readonly (string | null)[]): Map<string, number> =>
  new Map(keys.flatMap((key, place): [string, number][] => (key === null ? [] : [[key, place]])));
