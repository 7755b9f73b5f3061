// Clusters of vectors about their means.
#pragma once

#include <cstdint>
#include <vector>

#include "progress.h"
#include "vector_set.h"
#include "workers.h"

namespace evosift {

struct KMeansOptions {
  int64_t clusters;  // at most the vectors
  uint64_t seed;
  int64_t iterations;  // at most
  bool spherical;      // vectors have length 1, and so are their means made (Dhillon and Modha 2001)
};

struct Clusters {
  std::vector<int32_t> labels;  // of each vector the nearest centroid
  VectorSet centroids;
};

// Lloyd's iterations (1982) from k-means++ seeds (Arthur and Vassilvitskii 2007), until nothing moves or there are no
// iterations left. A cluster that loses all its vectors takes the one that lies farthest from its own centroid. The same
// bytes for the same seed, whatever the threads. Throws Error aborted.
Clusters k_means(const Workers& workers, const VectorSet& vectors, const KMeansOptions& options,
                 const Progress& progress);

}  // namespace evosift
