// kernel-bench [--op NAME] [--device cpu|cuda[:i]]: what `evosift bench kernels` runs, by itself also for profilers. A GPU's
// kernels are in a program of their own beside this one, cuda-kernel-bench, which it becomes.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>

#include "../base/error.h"
#include "../device/cuda_library.h"
#include "bench_output.h"
#include "kernel_bench.h"

namespace {

int usage() {
  std::string names;
  for (const std::string& name : evosift::bench_ops()) names += (names.empty() ? "" : "|") + name;
  std::fprintf(stderr, "usage: kernel-bench [--op %s] [--device cpu|cuda[:i]]\n", names.c_str());
  return 2;
}

// Throws Error unsupported_device where the device cannot be used, or the program is not there.
[[noreturn]] void become_cuda_bench(const std::string& op, int ordinal) {
  evosift::cuda_library({ordinal});
  const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "cuda-kernel-bench";
  execl(program.c_str(), program.c_str(), op.c_str(), std::to_string(ordinal).c_str(), nullptr);
  throw evosift::Error("unsupported_device", "the bench of the GPU's kernels does not run: " + program.string() + ": " +
                                                 std::strerror(errno) +
                                                 ".\nMend it with: npx evosift doctor --build --cuda");
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
  return evosift::print_bench([&] {
    if (on_cuda) become_cuda_bench(op, ordinal);
    return evosift::bench_kernels(op);
  });
}
