// The two matmuls of attention's CPU bodies: small ones, with operands laid out by the caller.
#pragma once

#ifdef __AMX_BF16__
#include "amx_tiles.h"
#endif
#include "simd.h"

namespace evosift {
namespace EVOSIFT_ISA {

namespace {

// An operand type says how consecutive values of the contraction are stored, and in what amounts they are multiplied:
//   F32:  a[r][k], b[k][n]
//   Bf16: the same by pairs, a[r][k/2][2], b[k/2][n][2], which is what vdpbf16ps multiplies and adds
//   Amx:  as Bf16, in tiles of 16 rows by 32 values
struct F32 {
  using type = float;
  static constexpr int64_t kStep = 1;
  static constexpr int64_t kDepth = 1;  // the contraction's length is a multiple of this
  static inline vf broadcast(const float* a) { return splat(*a); }
  static inline vf load_b(const float* b) { return load(b); }
  static inline vf multiply_add(vf a, vf b, vf c) { return fma(a, b, c); }
};

#ifdef __AVX512BF16__
struct Bf16 {
  using type = bf16;
  static constexpr int64_t kStep = 2;
  static constexpr int64_t kDepth = 2;
  static inline vf broadcast(const bf16* a) {
    int pair;
    __builtin_memcpy(&pair, a, sizeof pair);
    return {_mm512_castsi512_ps(_mm512_set1_epi32(pair))};
  }
  static inline vf load_b(const bf16* b) { return load(reinterpret_cast<const float*>(b)); }
  static inline vf multiply_add(vf a, vf b, vf c) { return {_mm512_dpbf16_ps(c.v, (__m512bh)a.v, (__m512bh)b.v)}; }
};
#endif

// c[R][V*kWidth] (+)= a[R][k] b[k][V*kWidth]; k counts steps, strides count elements.
template <typename Op, int R, int V, bool kAdd>
inline void block(const typename Op::type* a, int64_t a_stride, const typename Op::type* b, int64_t b_stride, float* c,
                  int64_t c_stride, int64_t k) {
  vf sums[R][V];
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) sums[r][v] = kAdd ? load(c + r * c_stride + v * kWidth) : zero();
  for (int64_t i = 0; i < k; ++i) {
    vf columns[V];
    for (int v = 0; v < V; ++v) columns[v] = Op::load_b(b + i * b_stride + v * kWidth * Op::kStep);
    for (int r = 0; r < R; ++r) {
      const vf row = Op::broadcast(a + r * a_stride + i * Op::kStep);
      for (int v = 0; v < V; ++v) sums[r][v] = Op::multiply_add(row, columns[v], sums[r][v]);
    }
  }
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) store(c + r * c_stride + v * kWidth, sums[r][v]);
}

// Registers hold kRows x kColumns sums, kColumns of b and one of a: 29 of AVX-512's 32, 15 of AVX2's 16.
constexpr int kRows = 6;
constexpr int kColumns = kWidth == 16 ? 4 : 2;

template <typename Op, int V, bool kAdd>
inline void all_rows(const typename Op::type* a, int64_t a_stride, const typename Op::type* b, int64_t b_stride,
                     float* c, int64_t c_stride, int64_t rows, int64_t k) {
  int64_t r = 0;
  for (; r + kRows <= rows; r += kRows)
    block<Op, kRows, V, kAdd>(a + r * a_stride, a_stride, b, b_stride, c + r * c_stride, c_stride, k);
  for (; r < rows; ++r) block<Op, 1, V, kAdd>(a + r * a_stride, a_stride, b, b_stride, c + r * c_stride, c_stride, k);
}

// The same for a whole matrix: rows, columns (a multiple of kWidth), k steps.
template <typename Op, bool kAdd>
void multiply_blocks(const typename Op::type* a, int64_t a_stride, const typename Op::type* b, int64_t b_stride,
                     float* c, int64_t c_stride, int64_t rows, int64_t columns, int64_t k) {
  int64_t n = 0;
  for (; n + kColumns * kWidth <= columns; n += kColumns * kWidth)
    all_rows<Op, kColumns, kAdd>(a, a_stride, b + n * Op::kStep, b_stride, c + n, c_stride, rows, k);
  if (n + kColumns / 2 * kWidth <= columns) {
    all_rows<Op, kColumns / 2, kAdd>(a, a_stride, b + n * Op::kStep, b_stride, c + n, c_stride, rows, k);
    n += kColumns / 2 * kWidth;
  }
  for (; n < columns; n += kWidth)
    all_rows<Op, 1, kAdd>(a, a_stride, b + n * Op::kStep, b_stride, c + n, c_stride, rows, k);
}

#ifdef __AMX_BF16__
struct Amx {
  using type = bf16;
  static constexpr int64_t kStep = 2;
  static constexpr int64_t kDepth = 32;
};
#endif

// c[rows][columns] (+)= a[rows][k] b[k][columns]; columns are a multiple of 16, k counts steps. With Amx, rows up to a
// multiple of 16 are computed.
template <typename Op, bool kAdd>
void multiply(const typename Op::type* a, int64_t a_stride, const typename Op::type* b, int64_t b_stride, float* c,
              int64_t c_stride, int64_t rows, int64_t columns, int64_t k) {
#ifdef __AMX_BF16__
  if constexpr (Op::kDepth == Amx::kDepth)
    return multiply_tiles<kAdd>(a, a_stride, b, b_stride, c, c_stride, rows, columns, k);
  else
#endif
    multiply_blocks<Op, kAdd>(a, a_stride, b, b_stride, c, c_stride, rows, columns, k);
}

}  // namespace

}  // namespace EVOSIFT_ISA
}  // namespace evosift
