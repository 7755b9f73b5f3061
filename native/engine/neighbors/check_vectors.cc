#include "check_vectors.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <string>

#include "../../base/error.h"

namespace evosift {

namespace {

constexpr int64_t kChunk = 1024;

// The first vector for which `bad` holds, or the count; `bad` is asked of all before it, and may change them.
template <typename Bad>
int64_t first_bad(const Workers& workers, int64_t count, const Bad& bad) {
  std::mutex mutex;
  int64_t first = count;
  workers.each((count + kChunk - 1) / kChunk, [&](int64_t chunk) {
    for (int64_t i = chunk * kChunk; i < std::min(count, (chunk + 1) * kChunk); ++i) {
      if (!bad(i)) continue;
      const std::lock_guard<std::mutex> lock(mutex);
      first = std::min(first, i);
      return;
    }
  });
  return first;
}

}  // namespace

void check_finite(const Workers& workers, const VectorSet& vectors) {
  const auto odd_value = [&](int64_t i) {
    const float* row = vectors.row(i);
    return std::find_if(row, row + vectors.dimension, [](float v) { return !std::isfinite(v); }) - row;
  };
  const int64_t row = first_bad(workers, vectors.count(), [&](int64_t i) { return odd_value(i) < vectors.dimension; });
  if (row == vectors.count()) return;
  const int64_t place = odd_value(row);
  throw Error("bad_data", "vector " + std::to_string(row) + " (from 0) is not finite: its value " +
                              std::to_string(place) + " is " + std::to_string(vectors.row(row)[place]) +
                              "; leave it out or compute it again");
}

void normalise(const Workers& workers, VectorSet& vectors) {
  const int64_t row = first_bad(workers, vectors.count(), [&](int64_t i) {
    float* values = vectors.row(i);
    double squares = 0;
    for (int64_t k = 0; k < vectors.dimension; ++k)
      squares += static_cast<double>(values[k]) * static_cast<double>(values[k]);
    if (squares == 0) return true;
    const double length = std::sqrt(squares);
    for (int64_t k = 0; k < vectors.dimension; ++k)
      values[k] = static_cast<float>(static_cast<double>(values[k]) / length);
    return false;
  });
  if (row < vectors.count())
    throw Error("bad_data", "vector " + std::to_string(row) +
                                " (from 0) is all zeros, and the cosine needs a direction; " +
                                "leave it out or take the metric squared_l2");
}

}  // namespace evosift
