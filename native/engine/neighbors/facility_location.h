// Vectors that stand for all others: the greedy maximum of facility location (Krause and Golovin 2014, Submodular function
// maximization), with upper bounds of gains that say which need not be computed (as Minoux 1978, Accelerated greedy
// algorithms). The bounds follow each choice: they lose what the rows lose that it lies nearer to.
//
// What is maximised is F(S) = -Σ_i w_i min_{j in S} ‖x_i - x_j‖², which is facility location with the similarity C - d for a C
// above all distances d. What one more vector j adds is Σ_i w_i max(0, min_{k in S} ‖x_i - x_k‖² - ‖x_i - x_j‖²).
#pragma once

#include <cstdint>
#include <vector>

#include "progress.h"
#include "vector_set.h"
#include "workers.h"

namespace evosift {

// `count` vectors, at most all, in the order of choice; gains that agree within 1e-12 are equal, and of equal ones the
// lowest vector is chosen. The first is the one nearest to the weighted mean, since Σ_i w_i ‖x_i - y‖² =
// Σ_i w_i ‖x_i - mean‖² + Σ w ‖y - mean‖². Empty `weights` are 1 each; they are finite, not negative, and not all 0.
// Throws Error aborted.
std::vector<int32_t> facility_location(const Workers& workers, const VectorSet& vectors, int64_t count,
                                       const std::vector<float>& weights, const Progress& progress);

}  // namespace evosift
