/** Exact nearest neighbours of vectors, and what selects by them. */
export { DISTANCE_METRICS, type DistanceMetric, type NeighborOptions } from './neighbor-options.js';
export {
  nearestNeighbors,
  NEAREST_NEIGHBORS_OPTIONS,
  type NearestNeighbors,
  type NearestNeighborsOptions,
} from './nearest-neighbors.js';
export type { VectorSet } from './vector-set.js';
