#include "nearest_chosen.h"

#include <algorithm>
#include <limits>

#include "../../kernels/squared_distance.h"

namespace evosift {

NearestChosen::NearestChosen(const VectorSet& vectors)
    : vectors_(vectors),
      distances_(static_cast<size_t>(vectors.count()), std::numeric_limits<double>::infinity()),
      chosen_(distances_.size(), false) {}

void NearestChosen::choose(const Workers& workers, int64_t vector) {
  constexpr int64_t kChunk = 1024;
  chosen_[static_cast<size_t>(vector)] = true;
  const int64_t count = vectors_.count();
  workers.each((count + kChunk - 1) / kChunk, [&](int64_t chunk) {
    for (int64_t i = chunk * kChunk; i < std::min(count, (chunk + 1) * kChunk); ++i) {
      double& distance = distances_[static_cast<size_t>(i)];
      distance =
          std::min(distance, evosift::squared_distance(vectors_.row(i), vectors_.row(vector), vectors_.dimension));
    }
  });
}

}  // namespace evosift
