import { EvosiftError } from '../base/errors.js';
import { checkOptions, fillOptions, number, option, type OptionTable } from '../base/options.js';
import { askVectors } from './ask-vectors.js';
import { given } from './given.js';
import { NEIGHBOR_OPTIONS, type NeighborOptions } from './neighbor-options.js';
import { checkVectorSet, countOf, type VectorSet } from './vector-set.js';

export interface NearDuplicatesOptions extends NeighborOptions {
  /** How near a vector may lie to a kept one (<=) to be dropped, in the metric; 0 drops duplicates only. */
  readonly distance: number;
  /** Every vector's number once, best first; default: as they stand. */
  readonly order?: Int32Array;
}

export const NEAR_DUPLICATES_OPTIONS = {
  ...NEIGHBOR_OPTIONS,
  distance: number({ from: 0 }, {}),
  order: option<Int32Array>(
    { expected: "an Int32Array of every vector's number", accepts: (value) => value instanceof Int32Array },
    {},
  ),
} as const satisfies OptionTable<NearDuplicatesOptions>;

/**
 * Which vectors repeat a better one: in their order, each is kept unless a kept one lies within `distance` of it, exactly.
 *
 * @returns Of each vector the first kept one, in that order, within the distance, or -1 where it is kept itself.
 * @throws EvosiftError `bad_argument`; and as `askVectors`.
 */
export async function nearDuplicates(vectors: VectorSet, options: NearDuplicatesOptions): Promise<Int32Array> {
  checkVectorSet('nearDuplicates', vectors);
  checkOptions('nearDuplicates', options, NEAR_DUPLICATES_OPTIONS);
  const { order, ...settings } = fillOptions(options, NEAR_DUPLICATES_OPTIONS);
  const distance = given('nearDuplicates', 'distance', settings.distance);
  if (order === undefined) return askVectors(vectors, settings, (set) => set.nearDuplicates(distance));
  checkOrder(order, countOf(vectors));
  const found = await askVectors(inOrder(vectors, order), settings, (set) => set.nearDuplicates(distance));
  const repeats = new Int32Array(found.length);
  found.forEach((kept, place) => (repeats[order[place]] = kept < 0 ? kept : order[kept]));
  return repeats;
}

function checkOrder(order: Int32Array, count: number): void {
  const seen = new Uint8Array(count);
  for (const vector of order) if (vector >= 0 && vector < count) seen[vector] = 1;
  if (order.length === count && seen.every((one) => one === 1)) return;
  const message = `nearDuplicates: \`order\` must hold each number from 0 to ${count - 1} once`;
  throw new EvosiftError('bad_argument', message, { option: 'order' });
}

function inOrder({ values, dimension }: VectorSet, order: Int32Array): VectorSet {
  const ordered = new Float32Array(values.length);
  order.forEach((from, to) => ordered.set(values.subarray(from * dimension, (from + 1) * dimension), to * dimension));
  return { values: ordered, dimension };
}
