// rope.h on the device, a warp a row: q and k norms, rotary embedding and rounding. Angles are computed where they are
// needed: position * inverse frequency is an f32 product, as in HF.
#pragma once

#include "../base/dtype.h"
#include "cuda_launch.h"

namespace evosift {
namespace cuda {

struct RopeArgs {
  const float* wide;  // [rows, (heads + 2 kv_heads) head_dim], contiguous
  int64_t rows, heads, kv_heads, head_dim;
  const float* q_norm;  // null: none; [head_dim], or [heads * head_dim] when norm_full_width
  const float* k_norm;
  bool norm_full_width;
  float norm_eps;
  const float* inverse_frequencies;  // [rotary_dim / 2]; null: no positions in this layer
  int64_t rotary_dim;                // even
  const int32_t* positions;          // [rows]
  void* out;                         // [rows, same width] of out_type
  Dtype out_type;
};

void rope(const RopeArgs& args, StreamHandle stream);

}  // namespace cuda
}  // namespace evosift
