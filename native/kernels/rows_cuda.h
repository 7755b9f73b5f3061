// How kernels walk rows: four elements a lane at a time, a warp a row.
#pragma once

#include "../base/dtype.h"
#include "cuda_portability.h"

namespace evosift {
namespace cuda {

constexpr int kRowThreads = 128;
constexpr int kRowsPerBlock = kRowThreads / kWarp;
constexpr int kStep = 4 * kWarp;  // elements that a warp reads at once

inline int64_t row_blocks(int64_t rows) { return (rows + kRowsPerBlock - 1) / kRowsPerBlock; }

EVOSIFT_DEVICE int lane_index() { return thread_index() % kWarp; }
EVOSIFT_DEVICE int64_t row_index() {
  return static_cast<int64_t>(block_index()) * kRowsPerBlock + thread_index() / kWarp;
}

// Every lane gets the same bits: at each step, both partners add the same two numbers.
EVOSIFT_DEVICE float warp_sum(float x) {
  for (int lanes = kWarp / 2; lanes > 0; lanes /= 2) x += shfl_xor(x, lanes);
  return x;
}
EVOSIFT_DEVICE float warp_max(float x) {
  for (int lanes = kWarp / 2; lanes > 0; lanes /= 2) x = fmaxf(x, shfl_xor(x, lanes));
  return x;
}

struct Four {
  float v[4];
};

// Elements [i, i + 4) of a row of n, zeros beyond its end. Rows of a multiple of four are read in one access: they begin
// where four elements are aligned.
EVOSIFT_DEVICE Four load4(const float* row, int64_t i, int64_t n) {
  if (n % 4 == 0) {
    const float4 x = *reinterpret_cast<const float4*>(row + i);
    return {{x.x, x.y, x.z, x.w}};
  }
  Four x;
  EVOSIFT_UNROLL
  for (int k = 0; k < 4; ++k) x.v[k] = i + k < n ? row[i + k] : 0.0f;
  return x;
}
EVOSIFT_DEVICE Four load4(const bf16* row, int64_t i, int64_t n) {
  Four x;
  if (n % 4 == 0) {
    const uint2 pairs = *reinterpret_cast<const uint2*>(row + i);
    EVOSIFT_UNROLL
    for (int k = 0; k < 4; ++k) x.v[k] = widen({static_cast<uint16_t>((k < 2 ? pairs.x : pairs.y) >> (k % 2 * 16))});
    return x;
  }
  EVOSIFT_UNROLL
  for (int k = 0; k < 4; ++k) x.v[k] = i + k < n ? widen(row[i + k]) : 0.0f;
  return x;
}

EVOSIFT_DEVICE void store4(float* row, int64_t i, int64_t n, const Four& x) {
  if (n % 4 == 0) {
    *reinterpret_cast<float4*>(row + i) = {x.v[0], x.v[1], x.v[2], x.v[3]};
    return;
  }
  EVOSIFT_UNROLL
  for (int k = 0; k < 4; ++k)
    if (i + k < n) row[i + k] = x.v[k];
}
EVOSIFT_DEVICE void store4(bf16* row, int64_t i, int64_t n, const Four& x) {
  if (n % 4 == 0) {
    *reinterpret_cast<uint2*>(row + i) = {bf16_pair(x.v[0], x.v[1]), bf16_pair(x.v[2], x.v[3])};
    return;
  }
  EVOSIFT_UNROLL
  for (int k = 0; k < 4; ++k)
    if (i + k < n) row[i + k] = round_to_bf16(x.v[k]);
}

EVOSIFT_DEVICE void store1(float* to, float x) { *to = x; }
EVOSIFT_DEVICE void store1(bf16* to, float x) { *to = round_to_bf16(x); }

}  // namespace cuda
}  // namespace evosift
