#include "vectors.h"

#include <limits>
#include <utility>

#include "../../base/cores.h"
#include "../../base/error.h"
#include "check_vectors.h"

namespace evosift {

Vectors::Vectors(Threads& threads, VectorSet given, const VectorOptions& options)
    : threads_(threads),
      set_(std::move(given)),
      options_(options),
      limit_(options.threads > 0 ? options.threads : usable_cores()) {
  threads_.grow(limit_);
}

template <typename Result>
void Vectors::post(std::function<Result(const Workers&)> work, Done<Result> done) {
  progress_ = 0;
  threads_.post({0, 0, this, limit_, [self = shared_from_this(), work = std::move(work), done = std::move(done)](int) {
                   std::exception_ptr error;
                   Result result{};
                   try {
                     result = work(Workers(self->threads_, self.get(), self->limit_, self->cancelled_));
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
      [this, against](const Workers& workers) {
        const auto progress = [this](double share) { progress_ = share; };
        const VectorSet& set = checked(workers);
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

}  // namespace evosift
