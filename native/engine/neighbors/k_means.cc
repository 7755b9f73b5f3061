#include "k_means.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "nearest_chosen.h"
#include "nearest_neighbors.h"

namespace evosift {

namespace {

// SplitMix64 (Steele, Lea and Flood 2014).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  // Uniform in [0, 1).
  double next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return static_cast<double>((z ^ z >> 31) >> 11) * 0x1p-53;
  }

 private:
  uint64_t state_;
};

// A vector with probability by its squared distance from the nearest seed; the first one, and where all are seeds'
// duplicates, any that is none.
int64_t draw_seed(const NearestChosen& nearest, int64_t count, bool first, Random& random) {
  const auto weight = [&](int64_t i) {
    if (nearest.is_chosen(i)) return 0.0;
    return first ? 1.0 : nearest.squared_distance(i);
  };
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += weight(i);
  double left = random.next() * sum;
  int64_t last = -1;
  for (int64_t i = 0; i < count; ++i) {
    if (nearest.is_chosen(i) || (sum > 0 && weight(i) == 0)) continue;
    last = i;
    if ((left -= weight(i)) < 0) break;
  }
  return last;
}

VectorSet draw_seeds(const Workers& workers, const VectorSet& vectors, const KMeansOptions& options,
                     const Progress& progress) {
  Random random(options.seed);
  NearestChosen nearest(vectors);
  VectorSet seeds{{}, vectors.dimension};
  for (int64_t k = 0; k < options.clusters; ++k) {
    const int64_t seed = draw_seed(nearest, vectors.count(), k == 0, random);
    nearest.choose(workers, seed);
    seeds.values.insert(seeds.values.end(), vectors.row(seed), vectors.row(seed) + vectors.dimension);
    progress(static_cast<double>(k + 1) / static_cast<double>(options.clusters));
  }
  return seeds;
}

// Sets a centroid to the mean of its members, or leaves it where a mean has no direction.
void set_mean(const VectorSet& vectors, const std::vector<int64_t>& members, bool spherical, float* centroid) {
  std::vector<double> mean(static_cast<size_t>(vectors.dimension), 0);
  for (const int64_t i : members)
    for (size_t k = 0; k < mean.size(); ++k) mean[k] += static_cast<double>(vectors.row(i)[k]);
  double length = static_cast<double>(members.size());
  if (spherical) {
    double squares = 0;
    for (const double m : mean) squares += m * m;
    length = std::sqrt(squares);
    if (length == 0) return;
  }
  for (size_t k = 0; k < mean.size(); ++k) centroid[k] = static_cast<float>(mean[k] / length);
}

// The members of each cluster; an empty one gets the vector that lies farthest from its centroid and is not alone there.
std::vector<std::vector<int64_t>> members_of(const Neighbors& nearest, int64_t clusters) {
  std::vector<std::vector<int64_t>> members(static_cast<size_t>(clusters));
  for (size_t i = 0; i < nearest.indexes.size(); ++i)
    members[static_cast<size_t>(nearest.indexes[i])].push_back(static_cast<int64_t>(i));
  std::vector<double> distances = nearest.squared_distances;
  for (auto& empty : members) {
    if (!empty.empty()) continue;
    const auto farthest = std::max_element(distances.begin(), distances.end());
    if (*farthest <= 0) break;
    const auto i = farthest - distances.begin();
    auto& home = members[static_cast<size_t>(nearest.indexes[static_cast<size_t>(i)])];
    *farthest = 0;
    if (home.size() == 1) continue;
    home.erase(std::find(home.begin(), home.end(), i));
    empty.push_back(i);
  }
  return members;
}

}  // namespace

Clusters k_means(const Workers& workers, const VectorSet& vectors, const KMeansOptions& options,
                 const Progress& progress) {
  // Seeding costs about as much as an assignment.
  const double steps = static_cast<double>(options.iterations) + 2;
  const auto step = [&](int64_t done) {
    return [&progress, steps, done](double share) { progress((static_cast<double>(done) + share) / steps); };
  };
  Clusters found{{}, draw_seeds(workers, vectors, options, step(0))};
  for (int64_t i = 0;; ++i) {
    Neighbors nearest = nearest_neighbors(workers, vectors, found.centroids, step(i + 1));
    const bool settled = nearest.indexes == found.labels;
    found.labels = nearest.indexes;
    if (settled || i == options.iterations) return found;
    const auto members = members_of(nearest, options.clusters);
    workers.each(options.clusters, [&](int64_t k) {
      const auto& own = members[static_cast<size_t>(k)];
      if (!own.empty()) set_mean(vectors, own, options.spherical, found.centroids.row(k));
    });
  }
}

}  // namespace evosift
