import { EvosiftError } from '../base/errors.js';
import { checkOptions, fillOptions, type OptionTable } from '../base/options.js';
import { askVectors, openVectors } from './ask-vectors.js';
import { NEIGHBOR_OPTIONS, type NeighborOptions } from './neighbor-options.js';
import { checkVectorSet, vectorSet, type VectorSet } from './vector-set.js';

export interface NearestNeighborsOptions extends NeighborOptions {
  /** Vectors of the same dimension, among which the nearest is looked for; default: the others of the set itself. */
  readonly against?: VectorSet;
}

export const NEAREST_NEIGHBORS_OPTIONS = {
  ...NEIGHBOR_OPTIONS,
  against: vectorSet,
} as const satisfies OptionTable<NearestNeighborsOptions>;

/** Of each vector its nearest neighbour. */
export interface NearestNeighbors {
  /** 0 exactly for a duplicate; NaN where there is no neighbour. */
  readonly distances: Float32Array;
  /** Among equally near ones the lowest; -1 where there is none. */
  readonly indexes: Int32Array;
}

/**
 * The nearest other vector of each, exactly: blocked matrix products say which pairs could be nearest (lower bounds of
 * their distances), and those are summed directly in double precision. The work grows with the square of the count; the
 * memory is three times the vectors'.
 *
 * @throws EvosiftError `bad_argument`; and as `askVectors`.
 */
export async function nearestNeighbors(
  vectors: VectorSet,
  options: NearestNeighborsOptions = {},
): Promise<NearestNeighbors> {
  checkVectorSet('nearestNeighbors', vectors);
  checkOptions('nearestNeighbors', options, NEAREST_NEIGHBORS_OPTIONS);
  const settings = fillOptions(options, NEAREST_NEIGHBORS_OPTIONS);
  const { against } = settings;
  if (against !== undefined && against.dimension !== vectors.dimension) {
    throw new EvosiftError(
      'bad_argument',
      `nearestNeighbors: \`against\` has vectors of dimension ${against.dimension}, and the others ${vectors.dimension}: ` +
        'they must come from the same encoder',
      { option: 'against' },
    );
  }
  return askVectors(vectors, settings, (set) =>
    set.nearest(against === undefined ? null : openVectors(against, settings)),
  );
}
