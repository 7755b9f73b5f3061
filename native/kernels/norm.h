// RMS and layer normalisation of rows.
//   rms:   y = x / sqrt(mean(x^2) + eps) * weight            (Zhang and Sennrich 2019)
//   layer: y = (x - mean(x)) / sqrt(var(x) + eps) * weight + bias   (Ba et al. 2016, biased variance)
#pragma once

#include "../base/dtype.h"
#include "cpu_kernel.h"

namespace evosift {

struct NormArgs {
  const float* x;  // [rows, n], rows `x_stride` apart
  int64_t rows, n, x_stride;
  const float* weight;  // [n]
  const float* bias;    // [n] or null
  float eps;
  bool centre;  // layer norm
  void* y;      // [rows, n] of y_type, rows `y_stride` apart; may be x itself when f32
  Dtype y_type;
  int64_t y_stride;
  bool accumulate;  // y += (f32 only)
};

EVOSIFT_CPU_KERNEL(void norm(const NormArgs& args))

}  // namespace evosift
