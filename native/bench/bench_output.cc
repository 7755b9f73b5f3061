#include "bench_output.h"

#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>

#include "../base/error.h"

namespace evosift {

namespace {

using nlohmann::ordered_json;

void print(const ordered_json& line) { std::printf("%s\n", line.dump().c_str()); }

ordered_json to_json(const KernelTiming& t) {
  ordered_json line = {{"op", t.op}};
  if (!t.variant.empty()) line["variant"] = t.variant;
  line.update({{"shape", t.shape},
               {"size", t.size},
               {"dtype", t.dtype},
               {"median_us", t.median_us},
               {"rate", t.rate},
               {"unit", t.unit},
               {"limit", t.limit},
               {"limit_rate", t.limit_rate},
               {"share", t.share},
               {"max_error", t.max_error},
               {"max_absolute_error", t.max_absolute_error}});
  return line;
}

int fail(const char* code, const char* message) {
  print({{"code", code}, {"message", message}});
  return 1;
}

}  // namespace

int print_bench(const std::function<KernelBench()>& bench) {
  try {
    const KernelBench result = bench();
    for (const KernelTiming& t : result.kernels) print(to_json(t));
    print({{"limits", result.limits}, {"isa", result.isa}});
    return 0;
  } catch (const Error& error) {
    return fail(error.code(), error.what());
  } catch (const std::exception& error) {
    return fail("engine_failed", error.what());
  }
}

}  // namespace evosift
