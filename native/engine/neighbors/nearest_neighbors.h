// Of each vector its nearest neighbour, exactly: tiles of lower bounds say which pairs may be nearer than what was found so
// far, and those, about ln(n) a vector, are computed directly.
#pragma once

#include <cstdint>
#include <vector>

#include "progress.h"
#include "vector_set.h"
#include "workers.h"

namespace evosift {

struct Neighbors {
  std::vector<double> squared_distances;  // infinite where there is none
  std::vector<int32_t> indexes;           // of equally near ones the lowest; -1 where there is none
};

// The nearest other vector of the set. Throws Error aborted.
Neighbors nearest_neighbors(const Workers& workers, const VectorSet& vectors, const Progress& progress);
// The nearest vector of another set, of the same dimension. Throws Error aborted.
Neighbors nearest_neighbors(const Workers& workers, const VectorSet& vectors, const VectorSet& against,
                            const Progress& progress);

}  // namespace evosift
