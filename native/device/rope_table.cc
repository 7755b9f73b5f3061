#include "rope_table.h"

#include <cmath>

namespace evosift {

void RopeTable::cover(const Rope& rope, int64_t rotary_dim, int64_t positions) {
  const int64_t half = rotary_dim / 2;
  if (inverse_.empty()) inverse_ = rope_inverse_frequencies(rope, rotary_dim);
  if (positions <= covered_) return;
  cos_.resize(static_cast<size_t>(positions * half));
  sin_.resize(cos_.size());
  for (int64_t p = covered_; p < positions; ++p) {
    for (int64_t i = 0; i < half; ++i) {
      // An f32 product, as in HF.
      const double angle = static_cast<double>(static_cast<float>(p) * inverse_[static_cast<size_t>(i)]);
      cos_[static_cast<size_t>(p * half + i)] = static_cast<float>(std::cos(angle));
      sin_[static_cast<size_t>(p * half + i)] = static_cast<float>(std::sin(angle));
    }
  }
  covered_ = positions;
}

}  // namespace evosift
