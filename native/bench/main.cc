// kernel-bench [--op NAME]: what `evosift bench kernels` measures, without Node around it, for profilers. A JSON object a
// line: a kernel each, then the limits.
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>

#include "kernel_bench.h"

namespace {

int usage() {
  std::string names;
  for (const std::string& name : evosift::bench_ops()) names += (names.empty() ? "" : "|") + name;
  std::fprintf(stderr, "usage: kernel-bench [--op %s]\n", names.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  std::string op;
  if (argc == 3 && std::string(argv[1]) == "--op")
    op = argv[2];
  else if (argc != 1)
    return usage();
  try {
    const evosift::KernelBench bench = evosift::bench_kernels(op);
    for (const evosift::KernelTiming& t : bench.kernels) {
      const nlohmann::ordered_json line = {
          {"op", t.op},       {"shape", t.shape},         {"size", t.size},
          {"dtype", t.dtype}, {"median_us", t.median_us}, {"rate", t.rate},
          {"unit", t.unit},   {"limit", t.limit},         {"limit_rate", t.limit_rate},
          {"share", t.share}, {"max_error", t.max_error}, {"max_absolute_error", t.max_absolute_error}};
      std::printf("%s\n", line.dump().c_str());
    }
    std::printf("%s\n", nlohmann::ordered_json{{"limits", bench.limits}, {"isa", bench.isa}}.dump().c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
