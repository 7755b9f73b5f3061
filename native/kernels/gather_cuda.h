// out[i] = x[positions[i] - 1]: the hidden states that predict the tokens at `positions`.
#pragma once

#include "../base/dtype.h"
#include "cuda_launch.h"

namespace evosift {
namespace cuda {

struct GatherArgs {
  const float* x;            // [.., hidden]
  const int32_t* positions;  // [rows], each at least 1
  int64_t rows, hidden;
  float* out;  // [rows, hidden]
};

void gather(const GatherArgs& args, StreamHandle stream);

}  // namespace cuda
}  // namespace evosift
