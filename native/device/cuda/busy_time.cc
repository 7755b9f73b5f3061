#include "busy_time.h"

#include <algorithm>
#include <iterator>

namespace evosift {
namespace cuda {

namespace {

// Lanes end their slabs about in order, so that what is further back stays as it is.
constexpr size_t kKeptSpans = 16;

}  // namespace

void BusyTime::add(double begin, double end) {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto span = spans_.upper_bound(begin);
  if (span != spans_.begin() && std::prev(span)->second >= begin) --span;
  while (span != spans_.end() && span->first <= end) {
    begin = std::min(begin, span->first);
    end = std::max(end, span->second);
    span = spans_.erase(span);
  }
  spans_.emplace(begin, end);
  if (spans_.size() <= kKeptSpans) return;
  earlier_ += spans_.begin()->second - spans_.begin()->first;
  spans_.erase(spans_.begin());
}

double BusyTime::seconds() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  double sum = earlier_;
  for (const auto& [begin, end] : spans_) sum += end - begin;
  return sum;
}

}  // namespace cuda
}  // namespace evosift
