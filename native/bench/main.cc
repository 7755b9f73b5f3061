// kernel-bench [--op NAME] [--device cpu|cuda[:i]]: what `evosift bench kernels` measures, without Node around it, for profilers. A JSON object a
// line: a kernel each, then the limits.
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>

#include "../device/cuda_library.h"
#include "kernel_bench.h"

namespace {

int usage() {
  std::string names;
  for (const std::string& name : evosift::bench_ops()) names += (names.empty() ? "" : "|") + name;
  std::fprintf(stderr, "usage: kernel-bench [--op %s] [--device cpu|cuda[:i]]\n", names.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  std::string op, device = "cpu";
  for (int i = 1; i < argc; i += 2) {
    const std::string option = argv[i];
    if (i + 1 == argc || (option != "--op" && option != "--device")) return usage();
    (option == "--op" ? op : device) = argv[i + 1];
  }
  int ordinal = 0;
  char rest = 0;
  const bool on_cuda = device == "cuda" || std::sscanf(device.c_str(), "cuda:%d%c", &ordinal, &rest) == 1;
  if (!on_cuda && device != "cpu") return usage();
  try {
    const evosift::KernelBench bench =
        on_cuda ? evosift::cuda_library({ordinal}).bench(op, ordinal) : evosift::bench_kernels(op);
    for (const evosift::KernelTiming& t : bench.kernels) {
      nlohmann::ordered_json line = {{"op", t.op}};
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
      std::printf("%s\n", line.dump().c_str());
    }
    std::printf("%s\n", nlohmann::ordered_json{{"limits", bench.limits}, {"isa", bench.isa}}.dump().c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
