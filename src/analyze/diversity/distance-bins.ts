import type { DistanceMetric } from '../../neighbors/index.js';
import type { Bins } from '../../statistics/histogram.js';

/** How far apart two vectors of length 1 can be, in steps of 0.05: so analyses with sentence encoders have the same bins. */
const OF_UNIT_VECTORS: Readonly<Record<DistanceMetric, Bins>> = {
  squared_l2: { from: 0, to: 4, count: 80 },
  cosine: { from: 0, to: 2, count: 40 },
};

/** Bins for distances: those of unit vectors, or where some are farther apart as many up to a power of two. */
export function distanceBins(metric: DistanceMetric, farthest: number): Bins {
  const bins = OF_UNIT_VECTORS[metric];
  return metric === 'cosine' || farthest <= bins.to ? bins : { ...bins, to: 2 ** Math.ceil(Math.log2(farthest)) };
}
