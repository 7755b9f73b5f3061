// Matmuls of f32 on AMX, whose tiles multiply bf16 only, yet 16 times as fast as the vector unit multiplies f32. An f32
// is exactly the sum of three bf16, here called its parts (those below 2^-126 count as 0). Of the nine products of two
// such sums the six largest are added up; the others are below 2^-24 of the product, a rounding of f32. Weights that are
// bf16 already, as most are that are published, have one part, and three products are exact. Henry, Tang and Heinecke,
// "Leveraging the bfloat16 Artificial Intelligence Datatype for Higher-Precision Computations" (arXiv 1904.06376).
#pragma once

#include <memory>

#include "../base/bf16.h"
#include "matmul.h"

namespace evosift {

// A tile holds 16 rows by 32 values of the contraction, which is a step of it. Weights are packed by panels: two tiles of
// columns, over so many steps that a panel's parts and all rows' parts of the same steps stay in the L2 cache.
constexpr int64_t kTileHeight = 16, kTileDepth = 32, kPanelColumns = 32, kParts = 3, kPanelSteps = 9;

struct Bf16x3MatmulArgs {
  const bf16* x;  // what split_rows() made
  int64_t rows, in, out;
  // Of bf16 or, where they have parts, of f32: [steps / kPanelSteps][out / kPanelColumns][kPanelSteps, the last time what
  // is left][2 tiles][kTileDepth / 2][16 columns][2], zeros where there is no weight; 64-byte aligned
  const void* weights;
  bool weights_are_bf16;
  const float* bias;  // [out], or null
  bool accumulate;
  float* y;  // [rows up to a multiple of kTileHeight, out], contiguous
};

namespace avx512_amx {
// x[rows, in], contiguous -> its parts, by tiles: [rows / 16][in / kTileDepth][kParts][16][kTileDepth], zeros beyond x.
void split_rows(const float* x, int64_t rows, int64_t in, bf16* parts);
// y (+)= x W^T (+ b). Sums in f32, in the order of `in`.
void matmul(const Bf16x3MatmulArgs& args);
}  // namespace avx512_amx

std::unique_ptr<Matmuls> make_bf16x3_matmuls();

}  // namespace evosift
