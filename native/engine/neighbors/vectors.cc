#include "vectors.h"

#include <limits>
#include <utility>

#include "../../base/cores.h"
#include "../../base/error.h"
#include "check_vectors.h"
#include "facility_location.h"
#include "farthest_points.h"
#include "near_duplicates.h"
#include "nearest_neighbors.h"

namespace evosift {

Vectors::Vectors(Threads& threads, VectorSet given, const VectorOptions& options)
    : threads_(threads),
      set_(std::move(given)),
      options_(options),
      limit_(options.threads > 0 ? options.threads : usable_cores()) {
  threads_.grow(limit_);
}

template <typename Result>
void Vectors::post(Work<Result> work, Done<Result> done) {
  progress_ = 0;
  threads_.post({0, 0, this, limit_, [self = shared_from_this(), work = std::move(work), done = std::move(done)](int) {
                   std::exception_ptr error;
                   Result result{};
                   try {
                     const Workers workers(self->threads_, self.get(), self->limit_, self->cancelled_);
                     result = work(workers, self->checked(workers), [&](double share) { self->progress_ = share; });
                   } catch (const std::bad_alloc&) {
                     error = std::make_exception_ptr(Error("engine_failed", "not enough memory for so many vectors"));
                   } catch (...) {
                     error = std::current_exception();
                   }
                   if (!self->threads_.stopping()) done(error, std::move(result));
                 }});
}

const VectorSet& Vectors::checked(const Workers& workers) {
  workers.check();
  const std::lock_guard<std::mutex> lock(checking_);
  if (!checked_) {
    check_finite(workers, set_);
    if (options_.cosine) normalise(workers, set_);
    checked_ = true;
  }
  return set_;
}

float Vectors::said(double squared_distance) const {
  return static_cast<float>(options_.cosine ? squared_distance / 2 : squared_distance);
}

void Vectors::nearest(std::shared_ptr<Vectors> against, Done<Nearest> done) {
  post<Nearest>(
      [this, against](const Workers& workers, const VectorSet& set, const Progress& progress) {
        const Neighbors found = against ? nearest_neighbors(workers, set, against->checked(workers), progress)
                                        : nearest_neighbors(workers, set, progress);
        Nearest nearest{{}, found.indexes};
        for (size_t i = 0; i < found.indexes.size(); ++i)
          nearest.distances.push_back(found.indexes[i] < 0 ? std::numeric_limits<float>::quiet_NaN()
                                                           : said(found.squared_distances[i]));
        return nearest;
      },
      std::move(done));
}

void Vectors::near_duplicates(double distance, Done<std::vector<int32_t>> done) {
  post<std::vector<int32_t>>(
      [squared = options_.cosine ? distance * 2 : distance](const auto& workers, const auto& set,
                                                            const auto& progress) {
        return evosift::near_duplicates(workers, set, squared, progress);
      },
      std::move(done));
}

void Vectors::farthest_points(int64_t count, std::vector<float> weights, Done<std::vector<int32_t>> done) {
  post<std::vector<int32_t>>(
      [count, weights = std::move(weights)](const auto& workers, const auto& set, const auto& progress) {
        return evosift::farthest_points(workers, set, count, weights, progress);
      },
      std::move(done));
}

void Vectors::facility_location(int64_t count, std::vector<float> weights, Done<std::vector<int32_t>> done) {
  post<std::vector<int32_t>>(
      [count, weights = std::move(weights)](const auto& workers, const auto& set, const auto& progress) {
        return evosift::facility_location(workers, set, count, weights, progress);
      },
      std::move(done));
}

void Vectors::cluster(int64_t clusters, uint64_t seed, int64_t iterations, Done<Clusters> done) {
  post<Clusters>([options = KMeansOptions{clusters, seed, iterations, options_.cosine}](
                     const auto& workers, const auto& set,
                     const auto& progress) { return k_means(workers, set, options, progress); },
                 std::move(done));
}

}  // namespace evosift
