// How long a device had work, whichever of its lanes gave it.
#pragma once

#include <map>
#include <mutex>

namespace evosift {
namespace cuda {

class BusyTime {
 public:
  // There was work from `begin` to `end`: seconds of one clock. Spans may overlap, and come in any order.
  void add(double begin, double end);
  // The seconds that lie in at least one span.
  double seconds() const;

 private:
  mutable std::mutex mutex_;
  std::map<double, double> spans_;  // apart from each other, end by begin
  double earlier_ = 0;              // of spans that nothing joins any more
};

}  // namespace cuda
}  // namespace evosift
