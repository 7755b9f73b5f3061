// x[row] = scale * table[token] (+ positions[position]).
#pragma once

#include "../base/dtype.h"
#include "cuda_launch.h"

namespace evosift {
namespace cuda {

struct EmbedArgs {
  const void* table;  // [vocab, hidden] of `type`
  Dtype type;
  const void* positions;  // [context, hidden] of `positions_type`, or null
  Dtype positions_type;
  float scale;
  const int32_t* tokens;           // [rows]
  const int32_t* token_positions;  // [rows]
  int64_t rows, hidden;
  float* x;  // [rows, hidden]
};

void embed(const EmbedArgs& args, StreamHandle stream);

}  // namespace cuda
}  // namespace evosift
