// cos and sin of a rope's angles, computed for the positions met so far.
#pragma once

#include <cstdint>
#include <vector>

#include "../model/architecture.h"

namespace evosift {

class RopeTable {
 public:
  // Sees that positions [0, positions) are there. The table is of one rope and width only.
  void cover(const Rope& rope, int64_t rotary_dim, int64_t positions);
  // [positions, rotary_dim / 2]
  const float* cos() const { return cos_.data(); }
  const float* sin() const { return sin_.data(); }

 private:
  std::vector<float> inverse_, cos_, sin_;
  int64_t covered_ = 0;
};

}  // namespace evosift
