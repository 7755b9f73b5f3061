// cross_entropy.h on the device, a warp a row: the columns of one tile of the vocabulary are added to the rows' states.
// The tile at column 0 begins a state, the one that ends at `vocab` writes the losses.
#pragma once

#include "cross_entropy.h"
#include "cuda_launch.h"

namespace evosift {
namespace cuda {

struct CrossEntropyTile {
  const float* logits;  // [rows, cols], rows `stride` apart; columns beyond `cols` are padding
  int64_t rows, cols, stride;
  int64_t first_column, vocab;
  const int32_t* targets;       // [rows]
  float softcap;                // x -> cap tanh(x / cap); 0: none
  CrossEntropyState* state;     // [rows]
  float *nll, *top1, *entropy;  // [rows]
};

void cross_entropy(const CrossEntropyTile& args, StreamHandle stream);

}  // namespace cuda
}  // namespace evosift
