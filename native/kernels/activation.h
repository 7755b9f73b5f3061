// The feed-forward's activation: act(gate) * up where gated (Shazeer 2020), else act(up).
//   silu: x / (1 + e^-x)    gelu_erf: x/2 (1 + erf(x/sqrt 2))    gelu_tanh: x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
#pragma once

#include "../base/activation_kind.h"
#include "../base/dtype.h"
#include "cpu_kernel.h"

namespace evosift {

struct ActivationArgs {
  const float* in;  // [rows, 2n] (gate, then up) where gated, else [rows, n]; contiguous
  int64_t rows, n;
  Activation kind;
  bool gated;
  void* out;  // [rows, n] of out_type, rows `out_stride` apart
  int64_t out_stride;
  Dtype out_type;
};

EVOSIFT_CPU_KERNEL(void activation(const ActivationArgs& args))

}  // namespace evosift
