import { abortSignal, callback, choice, integer, type OptionTable } from '../base/options.js';

/** Squared Euclidean distance, or 1 - cos. */
export const DISTANCE_METRICS = ['squared_l2', 'cosine'] as const;

export type DistanceMetric = (typeof DISTANCE_METRICS)[number];

/** What every call of this room takes. */
export interface NeighborOptions {
  /** Default `squared_l2`. With `cosine`, a vector of zeros is an error. */
  readonly metric?: DistanceMetric;
  /** Engine threads; default: the physical cores that this process may use. Results do not depend on it. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Told now and then which share of the work is done, in [0, 1]. */
  readonly onProgress?: (share: number) => void;
}

export const NEIGHBOR_OPTIONS = {
  metric: choice(DISTANCE_METRICS, { default: 'squared_l2' }),
  threads: integer({ from: 1, to: 1024 }, {}),
  signal: abortSignal,
  onProgress: callback,
} as const satisfies OptionTable<NeighborOptions>;
