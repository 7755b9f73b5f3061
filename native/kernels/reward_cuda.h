// out[i] = x[i] . score: rewards of normed hidden states.
#pragma once

#include "../base/dtype.h"
#include "cuda_launch.h"

namespace evosift {
namespace cuda {

struct RewardArgs {
  const float* x;     // [rows, hidden]
  const void* score;  // [hidden]
  Dtype score_type;
  int64_t rows, hidden;
  float* out;  // [rows]
};

void reward(const RewardArgs& args, StreamHandle stream);

}  // namespace cuda
}  // namespace evosift
