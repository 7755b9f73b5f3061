// Cross-entropy of next-token logits, met a tile of the vocabulary at a time, so that [rows, vocab] never exists.
// Online softmax (Milakov and Gimelshein 2018): with M the largest logit so far, S = sum e^(x-M), and W = sum x e^(x-M),
//   nll = M + log S - x[target]   entropy = M + log S - W / S   top-1 probability = 1 / S
// A logit of -inf has no part in any of them: its probability p is 0, and p log p is 0, too.
#pragma once

#include "../base/dtype.h"
#include "cpu_kernel.h"

namespace evosift {

// The least a maximum is, and what stands for -inf in W: finite, so that no difference is inf - inf and no product 0 x inf.
constexpr float kLowestLogit = -3.402823466e38f;

struct CrossEntropyState {
  float max;        // M
  float target;     // x[target], once its tile has been met
  double sum;       // S
  double weighted;  // W, when stats are wanted
};

struct CrossEntropyArgs {
  float* logits;  // [rows, cols], rows `stride` apart; overwritten where a soft cap applies
  int64_t rows, cols, stride;
  int64_t first_column;      // the tile's place in the vocabulary
  const int32_t* targets;    // [rows]
  float softcap;             // x -> cap tanh(x / cap); 0: none
  bool stats;                // also W
  CrossEntropyState* state;  // [rows], begun by cross_entropy_begin
};

inline void cross_entropy_begin(CrossEntropyState* state, int64_t rows) {
  for (int64_t r = 0; r < rows; ++r) state[r] = {kLowestLogit, 0.0f, 0.0, 0.0};
}

EVOSIFT_CPU_KERNEL(void cross_entropy(const CrossEntropyArgs& args))

// The end of the sums above. Any of the outputs but nll may be null.
struct CrossEntropyResult {
  float *nll, *top1, *entropy;
};
void cross_entropy_end(const CrossEntropyState* state, int64_t rows, const CrossEntropyResult& out);

}  // namespace evosift
