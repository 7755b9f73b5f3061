// Matmuls of bf16 on AMX, where the CPU has it.
#pragma once

#include <memory>

#include "../base/bf16.h"
#include "matmul.h"

namespace evosift {

// Weights are packed by panels of columns; `in` is rounded up to what a tile holds.
constexpr int64_t kAmxColumns = 32, kAmxDepth = 32;

struct AmxMatmulArgs {
  const bf16* x;  // [rows, in], contiguous
  int64_t rows;   // up to a multiple of 16 are computed
  int64_t in, out;
  const bf16* weights;  // [out / kAmxColumns][in / 2][kAmxColumns][2], zeros where there is no weight; 64-byte aligned
  const float* bias;    // [out], or null
  bool accumulate;
  float* y;  // [rows, out], contiguous
};

namespace avx512_amx {
// y (+)= x W^T (+ b). Sums in f32, in the order of `in`.
void matmul(const AmxMatmulArgs& args);
}  // namespace avx512_amx

std::unique_ptr<Matmuls> make_amx_matmuls();

}  // namespace evosift
