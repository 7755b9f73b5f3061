// One thing that is measured, and what is made of its results and its time.
#pragma once

#include <string>

#include "../base/dtype.h"
#include "kernel_bench.h"
#include "model_shapes.h"
#include "reference.h"

namespace evosift {

struct BenchCase {
  const char* op;
  const char* variant;  // of several bodies of one operation; else empty
  const ModelShape& model;
  std::string size;
  Dtype dtype;
  double tolerance;  // relative
};

const char* name_of(Dtype dtype);

// "256 x 768".
std::string times(int64_t rows, int64_t columns);

// The errors of a case's results. Throws Error engine_failed where they are more than its tolerance.
reference::Errors check_case(const BenchCase& c, const reference::Row& results, const reference::Row& expected);

// `work` is FLOPs or bytes a call, `unit` its rate's; the limit's rate and the share are set once the limits are known.
KernelTiming timing_of(const BenchCase& c, const reference::Errors& errors, double seconds, double work,
                       const char* unit, const std::string& limit);

// Holds the timings against their limits.
void add_limits(std::vector<KernelTiming>& timings, const std::map<std::string, double>& limits);

}  // namespace evosift
