// What one thread of this machine reaches at best: what a kernel's rate is held against.
#pragma once

#include <map>
#include <string>

#include "../base/dtype.h"

namespace evosift {

// Memory traffic of a kernel: one that writes about as much as it reads is held against a copy, one that only reads
// against a read.
enum class Traffic { copy, read };

class Limits {
 public:
  // Name of the best matmul rate of the type, GFLOP/s; measured at the first demand.
  std::string matmul(Dtype dtype);
  // Name of the rate at which `bytes` in all are copied (half of them read, half written) or read, GB/s. The same
  // amount as the kernel touches, so that it lies in the same level of cache.
  std::string memory(Traffic traffic, int64_t bytes);

  // Measures all that were asked for once more and keeps the better: a limit is what can be reached.
  void measure_again();
  const std::map<std::string, double>& rates() const { return rates_; }

 private:
  struct Memory {
    Traffic traffic;
    int64_t bytes;
  };
  std::map<std::string, Dtype> matmuls_;
  std::map<std::string, Memory> memories_;
  std::map<std::string, double> rates_;
};

}  // namespace evosift
