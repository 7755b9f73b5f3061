import { EvosiftError } from '../base/errors.js';
import { checkOptions, fillOptions, integer, type OptionTable } from '../base/options.js';
import { askVectors } from './ask-vectors.js';
import { given } from './given.js';
import { NEIGHBOR_OPTIONS, type NeighborOptions } from './neighbor-options.js';
import { checkVectorSet, countOf, type VectorSet } from './vector-set.js';

export interface ClusterVectorsOptions extends NeighborOptions {
  /** How many clusters, at most as many as vectors. */
  readonly clusters: number;
  /** Of the draw of the first centroids. */
  readonly seed: number;
  /** Lloyd's iterations at most; it ends earlier where nothing moves. Default 25. */
  readonly iterations?: number;
}

export const CLUSTER_VECTORS_OPTIONS = {
  ...NEIGHBOR_OPTIONS,
  clusters: integer({ from: 1 }, {}),
  seed: integer({ from: 0 }, {}),
  iterations: integer({ from: 0 }, { default: 25 }),
} as const satisfies OptionTable<ClusterVectorsOptions>;

export interface VectorClusters {
  /** Of each vector its cluster, that of the nearest centroid. */
  readonly labels: Int32Array;
  /** A mean a cluster; with the cosine the direction of the mean, of length 1. */
  readonly centroids: VectorSet;
}

/**
 * k-means: Lloyd's iterations from k-means++ seeds (Arthur and Vassilvitskii 2007); with the cosine spherical (Dhillon and
 * Modha 2001). The same bytes for the same seed.
 *
 * @throws EvosiftError `bad_argument`; and as `askVectors`.
 */
export async function clusterVectors(vectors: VectorSet, options: ClusterVectorsOptions): Promise<VectorClusters> {
  checkVectorSet('clusterVectors', vectors);
  checkOptions('clusterVectors', options, CLUSTER_VECTORS_OPTIONS);
  const settings = fillOptions(options, CLUSTER_VECTORS_OPTIONS);
  const clusters = given('clusterVectors', 'clusters', settings.clusters);
  const seed = given('clusterVectors', 'seed', settings.seed);
  const count = countOf(vectors);
  if (clusters > count) {
    const message = `clusterVectors: \`clusters\` is ${clusters}, and there are ${count} vectors`;
    throw new EvosiftError('bad_argument', message, { option: 'clusters' });
  }
  const found = await askVectors(vectors, settings, (set) => set.cluster(clusters, seed, settings.iterations));
  return { labels: found.labels, centroids: { values: found.centroids, dimension: vectors.dimension } };
}
