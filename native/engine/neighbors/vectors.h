// A set of vectors, and what the engine's threads find out about it.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>

#include "k_means.h"
#include "vector_set.h"
#include "workers.h"

namespace evosift {

struct VectorOptions {
  bool cosine;  // distances are 1 - cos, else squared L2
  int threads;  // 0: usable_cores()
};

class Vectors : public std::enable_shared_from_this<Vectors> {
 public:
  // Callbacks come exactly once, on an engine thread, but for an environment that ends first.
  template <typename Result>
  using Done = std::function<void(std::exception_ptr, Result)>;

  // `threads` must outlive whatever is in flight.
  Vectors(Threads& threads, VectorSet given, const VectorOptions& options);

  // What every call here may fail with: Error bad_data for a value that is not finite or, with the cosine, a vector of
  // zeros; aborted after cancel().

  struct Nearest {
    std::vector<float> distances;  // NaN where there is none
    std::vector<int32_t> indexes;
  };
  // `against` may be null: the nearest other vector of this set.
  void nearest(std::shared_ptr<Vectors> against, Done<Nearest> done);

  // As near_duplicates, within a distance in the user's measure.
  void near_duplicates(double distance, Done<std::vector<int32_t>> done);
  // As farthest_points and facility_location.
  void farthest_points(int64_t count, std::vector<float> weights, Done<std::vector<int32_t>> done);
  void facility_location(int64_t count, std::vector<float> weights, Done<std::vector<int32_t>> done);
  // As k_means, spherical with the cosine.
  void cluster(int64_t clusters, uint64_t seed, int64_t iterations, Done<Clusters> done);

  // Everything in flight, and whatever is asked later, gets Error aborted.
  void cancel() { cancelled_ = true; }
  // How much of the latest call's work is done, in [0, 1].
  double progress() const { return progress_; }

 private:
  template <typename Result>
  using Work = std::function<Result(const Workers&, const VectorSet&, const Progress&)>;
  template <typename Result>
  void post(Work<Result> work, Done<Result> done);
  // The vectors, checked and, with the cosine, of length 1.
  const VectorSet& checked(const Workers& workers);
  // Distances are said in the user's measure: 1 - cos is half the squared distance of vectors of length 1.
  float said(double squared_distance) const;

  Threads& threads_;
  VectorSet set_;
  const VectorOptions options_;
  const int limit_;
  std::mutex checking_;
  bool checked_ = false;
  std::atomic<bool> cancelled_{false};
  std::atomic<double> progress_{0};
};

}  // namespace evosift
