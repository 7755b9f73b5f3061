// The mean of each sequence's rows, added in their order.
#pragma once

#include "../base/dtype.h"
#include "cuda_launch.h"

namespace evosift {
namespace cuda {

struct PoolArgs {
  const float* x;         // [rows, hidden], sequences end to end
  const int32_t* starts;  // [sequences + 1]
  int64_t sequences, hidden;
  float* out;  // [sequences, hidden]
};

void pool(const PoolArgs& args, StreamHandle stream);

}  // namespace cuda
}  // namespace evosift
