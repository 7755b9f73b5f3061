import { EvosiftError } from '../base/errors.js';
import { checkOptions, choice, fillOptions, integer, option, type OptionTable } from '../base/options.js';
import { askVectors } from './ask-vectors.js';
import { given } from './given.js';
import { NEIGHBOR_OPTIONS, type NeighborOptions } from './neighbor-options.js';
import { checkVectorSet, countOf, type VectorSet } from './vector-set.js';

/** How a diverse subset is chosen; `docs/neighbors.md` has the formulas. */
export const DIVERSITY_METHODS = ['farthest_point', 'facility_location'] as const;

export interface SelectDiverseOptions extends NeighborOptions {
  /** How many are chosen; all where there are fewer. */
  readonly count: number;
  readonly method: (typeof DIVERSITY_METHODS)[number];
  /** What each vector is worth, such as its IC-IFD: finite and not negative. Default: all the same. */
  readonly weights?: Float32Array;
}

export const SELECT_DIVERSE_OPTIONS = {
  ...NEIGHBOR_OPTIONS,
  count: integer({ from: 0 }, {}),
  method: choice(DIVERSITY_METHODS, {}),
  weights: option<Float32Array>(
    {
      expected: 'a Float32Array of finite numbers that are not negative',
      accepts: (value) => value instanceof Float32Array && value.every((weight) => weight >= 0 && weight < Infinity),
    },
    {},
  ),
} as const satisfies OptionTable<SelectDiverseOptions>;

/**
 * Chooses vectors that are unlike one another, greedily.
 *
 * - `farthest_point`: each next one has the greatest weight × distance from the nearest chosen before; the first has the
 *   greatest weight (Gonzalez 1985).
 * - `facility_location`: each next one most lessens the sum of weight × distance from the nearest chosen, over all vectors;
 *   the first alone does so best. Evaluated lazily (Minoux 1978), which changes no choice.
 *
 * Of equal ones the lowest number is chosen.
 *
 * @returns The numbers of the chosen, in order of choice.
 * @throws EvosiftError `bad_argument`; and as `askVectors`.
 */
export async function selectDiverse(vectors: VectorSet, options: SelectDiverseOptions): Promise<Int32Array> {
  checkVectorSet('selectDiverse', vectors);
  checkOptions('selectDiverse', options, SELECT_DIVERSE_OPTIONS);
  const { weights = null, ...settings } = fillOptions(options, SELECT_DIVERSE_OPTIONS);
  const wanted = given('selectDiverse', 'count', settings.count);
  const method = given('selectDiverse', 'method', settings.method);
  const all = countOf(vectors);
  if (weights !== null && (weights.length !== all || (all > 0 && weights.every((weight) => weight === 0)))) {
    const message = `selectDiverse: \`weights\` must be ${all} numbers, one a vector, and not all 0; given ${weights.length}`;
    throw new EvosiftError('bad_argument', message, { option: 'weights' });
  }
  const count = Math.min(wanted, all);
  return askVectors(vectors, settings, (set) =>
    method === 'farthest_point' ? set.farthestPoints(count, weights) : set.facilityLocation(count, weights),
  );
}
