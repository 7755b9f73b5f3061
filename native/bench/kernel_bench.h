// The kernels on the sizes of known models: first against a reference in double precision, then timed against what the
// machine reaches at best. The CPU's here, on one thread; the device's in cuda/cuda_bench.h.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace evosift {

struct KernelTiming {
  std::string op;       // e.g. "norm"
  std::string variant;  // where an operation has several bodies, e.g. "naive"; else empty
  std::string shape;    // e.g. "gpt2"
  std::string size;     // what is multiplied or passed over, e.g. "256 x 768"
  std::string dtype;    // of matmul inputs, and of what the kernel writes for them
  double median_us;
  double rate;  // in `unit`
  std::string
      unit;  // "GFLOP/s": useful work, so only the pairs that attention's mask leaves; "GB/s": operands, once each
  std::string limit;                     // the limit's name, e.g. "matmul bf16", "copy 1152 KiB"
  double limit_rate;                     // in `unit`, of the same run
  double share;                          // rate / limit_rate
  double max_error, max_absolute_error;  // see reference::Errors
};

struct KernelBench {
  std::vector<KernelTiming> kernels;
  std::map<std::string, double> limits;
  std::string isa;  // the kernels' instruction set, or the device's name
};

// Names that `op` of bench_kernels can have.
const std::vector<std::string>& bench_ops();

// Measures an operation, all of them where `op` is empty; f32, and bf16 where the CPU multiplies it. Takes up to a
// minute, on a thread of its own. Throws Error bad_argument for an unknown op, unsupported_platform below AVX2, and
// engine_failed where a result is further from the reference than rounding can explain.
KernelBench bench_kernels(const std::string& op);

}  // namespace evosift
