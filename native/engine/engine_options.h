// Where and how an engine runs its model.
#pragma once

#include <cstdint>
#include <vector>

#include "../base/dtype.h"

namespace evosift {

struct EngineOptions {
  bool auto_dtype = true;
  Dtype dtype = Dtype::f32;
  int threads = 0;                // 0: usable_cores()
  std::vector<int> devices = {};  // CUDA devices, a replica on each and two threads for each; empty: the CPU
  int64_t step_tokens = 0;        // of a CUDA device's step, a multiple of 128; 0: chosen by measuring

  bool on_cuda() const { return !devices.empty(); }
};

}  // namespace evosift
