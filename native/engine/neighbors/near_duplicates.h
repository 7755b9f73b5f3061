// Which vectors repeat an earlier one.
#pragma once

#include <cstdint>
#include <vector>

#include "progress.h"
#include "vector_set.h"
#include "workers.h"

namespace evosift {

// One after another, a vector is kept unless a kept one lies within that squared distance (<=) of it. Of each vector the
// first kept one within the distance, or -1 where it is kept itself. Throws Error aborted.
std::vector<int32_t> near_duplicates(const Workers& workers, const VectorSet& vectors, double squared_distance,
                                     const Progress& progress);

}  // namespace evosift
