#include "farthest_points.h"

#include "nearest_chosen.h"

namespace evosift {

std::vector<int32_t> farthest_points(const Workers& workers, const VectorSet& vectors, int64_t count,
                                     const std::vector<float>& weights, const Progress& progress) {
  NearestChosen nearest(vectors);
  std::vector<int32_t> chosen;
  while (static_cast<int64_t>(chosen.size()) < count) {
    int64_t best = -1;
    double most = -1;
    for (int64_t i = 0; i < vectors.count(); ++i) {
      if (nearest.is_chosen(i)) continue;
      const double weight = weights.empty() ? 1 : static_cast<double>(weights[static_cast<size_t>(i)]);
      const double worth = chosen.empty() ? weight : weight * nearest.squared_distance(i);
      if (worth <= most) continue;
      most = worth;
      best = i;
    }
    chosen.push_back(static_cast<int32_t>(best));
    nearest.choose(workers, best);
    progress(static_cast<double>(chosen.size()) / static_cast<double>(count));
  }
  return chosen;
}

}  // namespace evosift
