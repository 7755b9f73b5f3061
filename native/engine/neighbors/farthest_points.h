// Vectors far apart: each time the one that lies farthest from those chosen before (Gonzalez 1985, Clustering to minimize
// the maximum intercluster distance), within a factor of 2 of the best cover by so many.
#pragma once

#include <cstdint>
#include <vector>

#include "progress.h"
#include "vector_set.h"
#include "workers.h"

namespace evosift {

// `count` vectors, at most all, in the order of choice: the first has the greatest weight, each next the greatest product of
// weight and squared distance from the nearest chosen; of equal ones the lowest. Empty `weights` are 1 each; they are
// finite and not negative. Throws Error aborted.
std::vector<int32_t> farthest_points(const Workers& workers, const VectorSet& vectors, int64_t count,
                                     const std::vector<float>& weights, const Progress& progress);

}  // namespace evosift
