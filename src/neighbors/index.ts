/** Exact nearest neighbours of vectors, and what selects by them. */
export {
  clusterVectors,
  CLUSTER_VECTORS_OPTIONS,
  type ClusterVectorsOptions,
  type VectorClusters,
} from './cluster-vectors.js';
export { nearDuplicates, NEAR_DUPLICATES_OPTIONS, type NearDuplicatesOptions } from './near-duplicates.js';
export {
  nearestNeighbors,
  NEAREST_NEIGHBORS_OPTIONS,
  type NearestNeighbors,
  type NearestNeighborsOptions,
} from './nearest-neighbors.js';
export { DISTANCE_METRICS, type DistanceMetric, type NeighborOptions } from './neighbor-options.js';
export {
  DIVERSITY_METHODS,
  selectDiverse,
  SELECT_DIVERSE_OPTIONS,
  type SelectDiverseOptions,
} from './select-diverse.js';
export type { VectorSet } from './vector-set.js';
