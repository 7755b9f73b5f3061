// Vectors in the layout that neighbor_tile multiplies, and lower bounds of their distances.
//
// They are moved by a common centre c and scaled by a power of two s, so that the largest value is at most 1, and rounded:
// p = fl(s (x - c)). With u = 2^-24, and but for what underflows,
//   | ‖p - q‖² - s² ‖x - y‖² | <= 2 u (‖p‖ + ‖q‖)² <= 4 u (‖p‖² + ‖q‖²)
//   | 2 fl(p·q) - 2 p·q |      <= γ_d (‖p‖² + ‖q‖²),  γ_d = d u / (1 - d u)   (Higham 2002, section 3.1)
// and the sums of norms and product round by at most 4 u (‖p‖² + ‖q‖²). With ‖p‖² made smaller by the factor
// 1 - γ_(d+16), what neighbor_tile computes is therefore at most s² ‖x - y‖²: never more than the true distance.
#pragma once

#include "../../base/aligned_memory.h"
#include "../../kernels/neighbor_tile.h"
#include "vector_set.h"
#include "workers.h"

namespace evosift {

// What sets that are compared are moved and scaled by.
struct Frame {
  std::vector<float> centre;
  double scale;  // s

  // Of values in [-1, 1] for both; `others` may be the same.
  static Frame of(const VectorSet& vectors, const VectorSet& others);

  // Not less than s² times a distance that squared_distance gave, with room for its error.
  float limit(double squared_distance) const;
};

struct Panel {
  const float* values;  // [dimension][kPanelVectors], 0 where there is no vector
  const float* norms;   // [kPanelVectors]: ‖p‖² (1 - γ), NaN where there is no vector
};

class PackedVectors {
 public:
  // Throws Error aborted.
  PackedVectors(const Workers& workers, const VectorSet& vectors, const Frame& frame);

  int64_t count() const { return count_; }
  int64_t dimension() const { return dimension_; }
  int64_t panels() const { return panels_; }
  Panel panel(int64_t p) const { return {values_of(p), norms_.data() + p * kPanelVectors}; }

 private:
  float* values_of(int64_t p) const { return static_cast<float*>(values_.data()) + p * dimension_ * kPanelVectors; }
  void pack(const VectorSet& vectors, const Frame& frame, int64_t panel);

  int64_t count_, dimension_, panels_;
  AlignedMemory values_;
  std::vector<float> norms_;
};

// Panels that a core's L2 cache holds twice, with room to spare.
int64_t panels_of_a_block(int64_t dimension);

}  // namespace evosift
