#include "bench_case.h"

#include <cstdio>

#include "../base/error.h"

namespace evosift {

const char* name_of(Dtype dtype) { return dtype == Dtype::bf16 ? "bf16" : "f32"; }

std::string times(int64_t rows, int64_t columns) { return std::to_string(rows) + " x " + std::to_string(columns); }

reference::Errors check_case(const BenchCase& c, const reference::Row& results, const reference::Row& expected) {
  const reference::Errors errors = reference::compare(results, expected);
  if (errors.relative <= c.tolerance) return errors;
  char text[240];
  std::snprintf(text, sizeof text, "%s%s%s, %s, %s, %s: the kernel is %.3g off the reference, and may be %.3g off",
                c.op, *c.variant ? " " : "", c.variant, c.model.name, c.size.c_str(), name_of(c.dtype), errors.relative,
                c.tolerance);
  throw Error("engine_failed", text);
}

KernelTiming timing_of(const BenchCase& c, const reference::Errors& errors, double seconds, double work,
                       const char* unit, const std::string& limit) {
  return {c.op,
          c.variant,
          c.model.name,
          c.size,
          name_of(c.dtype),
          seconds * 1e6,
          work / seconds * 1e-9,
          unit,
          limit,
          0,
          0,
          errors.relative,
          errors.absolute};
}

void add_limits(std::vector<KernelTiming>& timings, const std::map<std::string, double>& limits) {
  for (KernelTiming& t : timings) {
    t.limit_rate = limits.at(t.limit);
    t.share = t.rate / t.limit_rate;
  }
}

}  // namespace evosift
