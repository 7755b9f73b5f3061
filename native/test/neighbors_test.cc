// Neighbours and what is chosen by them, against loops over all distances in double precision.
#include <algorithm>
#include <cmath>
#include <future>
#include <limits>
#include <string>
#include <vector>

#include "../engine/neighbors/facility_location.h"
#include "../engine/neighbors/farthest_points.h"
#include "../engine/neighbors/near_duplicates.h"
#include "../engine/neighbors/nearest_neighbors.h"
#include "../engine/neighbors/vectors.h"
#include "check.h"

namespace evosift {
namespace {

const Progress kUntold = [](double) {};

// On this thread alone.
struct Here {
  Threads threads;
  std::atomic<bool> cancelled{false};
  Workers workers{threads, this, 1, cancelled};
};

// Uniform in [-1, 1), about an offset; every `repeat`-th repeats the one before it.
VectorSet noise_vectors(int64_t count, int64_t dimension, float offset = 0, int64_t repeat = 1 << 30) {
  VectorSet set{{}, dimension};
  uint32_t state = 7;
  for (int64_t i = 0; i < count; ++i)
    for (int64_t k = 0; k < dimension; ++k) {
      state = state * 1664525u + 1013904223u;
      set.values.push_back(i % repeat == repeat - 1
                               ? set.row(i - 1)[k]
                               : offset + static_cast<float>(static_cast<int32_t>(state)) * 0x1p-31f);
    }
  return set;
}

double distance(const float* x, const float* y, int64_t dimension) {
  double sum = 0;
  for (int64_t k = 0; k < dimension; ++k) {
    const double d = static_cast<double>(x[k]) - static_cast<double>(y[k]);
    sum += d * d;
  }
  return sum;
}

std::vector<std::vector<double>> all_distances(const VectorSet& x, const VectorSet& y) {
  std::vector<std::vector<double>> rows(static_cast<size_t>(x.count()));
  for (int64_t i = 0; i < x.count(); ++i)
    for (int64_t j = 0; j < y.count(); ++j)
      rows[static_cast<size_t>(i)].push_back(distance(x.row(i), y.row(j), x.dimension));
  return rows;
}

struct Size {
  int64_t count, dimension;
  float offset;
};
constexpr Size kSizes[] = {{1, 3, 0},   {2, 1, 0},      {33, 7, 0},   {48, 384, 0},
                           {97, 33, 5}, {500, 16, 100}, {1200, 1, 0}, {700, 130, 0}};

void check_nearest(const Neighbors& found, const std::vector<std::vector<double>>& distances, bool itself,
                   const std::string& context) {
  for (size_t i = 0; i < distances.size(); ++i) {
    std::vector<double> row = distances[i];
    if (itself) row[i] = std::numeric_limits<double>::infinity();
    const auto nearest = std::min_element(row.begin(), row.end());
    const bool none = nearest == row.end() || std::isinf(*nearest);
    CHECK_EQUAL(found.indexes[i], none ? -1 : nearest - row.begin(), context);
    if (!none) CHECK_NEAR(found.squared_distances[i], *nearest, 1e-12, context);
  }
}

TEST(neighbors_are_the_nearest) {
  Here here;
  for (const Size& size : kSizes) {
    for (const int64_t repeat : {1 << 30, 5}) {
      const VectorSet set = noise_vectors(size.count, size.dimension, size.offset, repeat);
      const VectorSet others = noise_vectors(size.count / 2 + 3, size.dimension, size.offset + 0.25f);
      const std::string context = std::to_string(size.count) + " x " + std::to_string(size.dimension);
      check_nearest(nearest_neighbors(here.workers, set, kUntold), all_distances(set, set), true, context);
      check_nearest(nearest_neighbors(here.workers, set, others, kUntold), all_distances(set, others), false, context);
    }
  }
}

TEST(equal_vectors_have_the_first_as_neighbor) {
  Here here;
  const VectorSet set{std::vector<float>(3000 * 5, 0.7f), 5};
  const Neighbors found = nearest_neighbors(here.workers, set, kUntold);
  for (size_t i = 0; i < found.indexes.size(); ++i) {
    CHECK_EQUAL(found.indexes[i], i == 0 ? 1 : 0, std::to_string(i));
    CHECK_EQUAL(found.squared_distances[i], 0.0, std::to_string(i));
  }
}

TEST(choices_are_those_of_the_definitions) {
  Here here;
  const VectorSet set = noise_vectors(200, 6, 3, 4);
  const auto distances = all_distances(set, set);
  std::vector<float> weights;
  for (size_t i = 0; i < distances.size(); ++i) weights.push_back(static_cast<float>(i * 37 % 23) / 8);

  constexpr double kWithin = 0.6;
  std::vector<int32_t> repeats;
  for (size_t i = 0; i < distances.size(); ++i) {
    size_t k = 0;
    while (k < i && !(repeats[k] == -1 && distances[i][k] <= kWithin)) ++k;
    repeats.push_back(k < i ? static_cast<int32_t>(k) : -1);
  }
  CHECK(near_duplicates(here.workers, set, kWithin, kUntold) == repeats);

  const std::vector<int32_t> far = farthest_points(here.workers, set, 60, weights, kUntold);
  const std::vector<int32_t> located = facility_location(here.workers, set, 60, weights, kUntold);
  // Each choice is as good as the best of all at its time.
  std::vector<double> from_far(distances.size(), std::numeric_limits<double>::infinity()), from_located = from_far;
  for (size_t n = 0; n < far.size(); ++n) {
    double farthest = 0, most = 0, chosen_gain = 0;
    for (size_t j = 0; j < distances.size(); ++j) {
      farthest = std::max(farthest, static_cast<double>(weights[j]) * (n == 0 ? 1 : from_far[j]));
      double gain = 0;
      for (size_t i = 0; i < distances.size(); ++i)
        gain += static_cast<double>(weights[i]) *
                (n == 0 ? 100 - distances[i][j] : std::max(0.0, from_located[i] - distances[i][j]));
      most = std::max(most, gain);
      if (static_cast<int32_t>(j) == located[n]) chosen_gain = gain;
    }
    const auto f = static_cast<size_t>(far[n]), l = static_cast<size_t>(located[n]);
    CHECK_NEAR(static_cast<double>(weights[f]) * (n == 0 ? 1 : from_far[f]), farthest, 1e-12, std::to_string(n));
    CHECK_NEAR(chosen_gain, most, 1e-12, std::to_string(n));
    for (size_t i = 0; i < distances.size(); ++i) {
      from_far[i] = std::min(from_far[i], distances[i][f]);
      from_located[i] = std::min(from_located[i], distances[i][l]);
    }
  }
}

std::future<Vectors::Nearest> start(const std::shared_ptr<Vectors>& vectors) {
  auto promise = std::make_shared<std::promise<Vectors::Nearest>>();
  vectors->nearest(nullptr, [promise](std::exception_ptr error, Vectors::Nearest found) {
    if (error)
      promise->set_exception(error);
    else
      promise->set_value(std::move(found));
  });
  return promise->get_future();
}

TEST(vectors_do_not_depend_on_threads_and_end_when_told) {
  Threads threads;
  const VectorSet set = noise_vectors(1500, 20);
  const auto nearest = [&](int count) {
    return start(std::make_shared<Vectors>(threads, set, VectorOptions{true, count})).get();
  };
  const Vectors::Nearest one = nearest(1), three = nearest(3);
  CHECK(one.distances == three.distances);
  CHECK(one.indexes == three.indexes);

  const auto big = std::make_shared<Vectors>(threads, noise_vectors(20000, 64), VectorOptions{false, 2});
  auto running = start(big);
  big->cancel();
  CHECK_ERROR(running.get(), "aborted", "aborted", "cancelled");
  // What is in flight when all ends is dropped.
  start(std::make_shared<Vectors>(threads, noise_vectors(20000, 64), VectorOptions{false, 2}));
}

}  // namespace
}  // namespace evosift
