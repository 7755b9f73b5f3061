// What stands between the qkv matmul and attention: the norms of q and k where the architecture has them, rotary
// embedding, and rounding to the matmul's input type.
// Rotary embedding (Su et al. 2021), half-split as in HF: for i < d/2 of a head's first d = rotary_dim dimensions,
//   (x[i], x[i+d/2]) -> (x[i] cos - x[i+d/2] sin, x[i+d/2] cos + x[i] sin), angle = position * inverse_frequency[i].
#pragma once

#include "../base/dtype.h"
#include "cpu_kernel.h"

namespace evosift {

struct RopeArgs {
  float* qkv;  // [rows, (heads + 2 kv_heads) head_dim], contiguous; overwritten
  int64_t rows, heads, kv_heads, head_dim;
  const float* q_norm;  // null: none; [head_dim], or [heads*head_dim] when norm_full_width
  const float* k_norm;
  bool norm_full_width;
  float norm_eps;
  const float* cos;  // [positions, rotary_dim/2]; null: no positions in this layer
  const float* sin;
  int64_t rotary_dim;
  const int32_t* positions;  // [rows]
  void* out;                 // [rows, same width] of out_type, contiguous
  Dtype out_type;
};

EVOSIFT_CPU_KERNEL(void rope(const RopeArgs& args))

}  // namespace evosift
