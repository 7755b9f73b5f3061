// How far every vector lies from the nearest of those chosen so far.
#pragma once

#include <cstdint>
#include <vector>

#include "vector_set.h"
#include "workers.h"

namespace evosift {

class NearestChosen {
 public:
  explicit NearestChosen(const VectorSet& vectors);

  // One more is chosen, row `vector`. Throws Error aborted.
  void choose(const Workers& workers, int64_t vector);

  // Infinite before anything is chosen; 0 of what is.
  double squared_distance(int64_t i) const { return distances_[static_cast<size_t>(i)]; }
  bool is_chosen(int64_t i) const { return chosen_[static_cast<size_t>(i)]; }

 private:
  const VectorSet& vectors_;
  std::vector<double> distances_;
  std::vector<bool> chosen_;
};

}  // namespace evosift
