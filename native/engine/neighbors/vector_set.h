// Vectors as they were given.
#pragma once

#include <cstdint>
#include <vector>

namespace evosift {

struct VectorSet {
  std::vector<float> values;  // [count][dimension]
  int64_t dimension;

  int64_t count() const { return dimension > 0 ? static_cast<int64_t>(values.size()) / dimension : 0; }
  const float* row(int64_t i) const { return values.data() + i * dimension; }
  float* row(int64_t i) { return values.data() + i * dimension; }
};

}  // namespace evosift
