// The two matmuls of attention's CPU bodies: small ones, with operands laid out by the caller.
#pragma once

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

// What ldtilecfg reads: eight tiles of 16 rows of 64 bytes. Not a local: GCC 12 tells its optimiser of the first 8 bytes
// that the instruction reads, and leaves the others out.
struct alignas(64) AmxConfig {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
const AmxConfig kAmxConfig;

// Has the tiles configured until the scope ends. oneDNN configures its own at each of its calls.
class AmxTiles {
 public:
  AmxTiles() { _tile_loadconfig(&kAmxConfig); }
  ~AmxTiles() { _tile_release(); }
  AmxTiles(const AmxTiles&) = delete;
  AmxTiles& operator=(const AmxTiles&) = delete;
};

// Two tiles of rows by two of columns; a matrix of an odd number of tiles multiplies its last one twice.
template <bool kAdd>
void multiply_tiles(const bf16* a, int64_t a_stride, const bf16* b, int64_t b_stride, float* c, int64_t c_stride,
                    int64_t rows, int64_t columns, int64_t k) {
  for (int64_t r = 0; r < rows; r += 32) {
    const int64_t below = r + 16 < rows ? 16 : 0;
    for (int64_t n = 0; n < columns; n += 32) {
      const int64_t right = n + 16 < columns ? 16 : 0;
      float* at = c + r * c_stride + n;
      const auto bytes = static_cast<size_t>(c_stride) * 4;
      if constexpr (kAdd) {
        _tile_loadd(0, at, bytes);
        _tile_loadd(1, at + right, bytes);
        _tile_loadd(2, at + below * c_stride, bytes);
        _tile_loadd(3, at + below * c_stride + right, bytes);
      } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
      }
      for (int64_t i = 0; i < k; i += 16) {
        const bf16* row = a + r * a_stride + i * 2;
        const bf16* column = b + i * b_stride + n * 2;
        _tile_loadd(4, row, static_cast<size_t>(a_stride) * 2);
        _tile_loadd(5, row + below * a_stride, static_cast<size_t>(a_stride) * 2);
        _tile_loadd(6, column, static_cast<size_t>(b_stride) * 2);
        _tile_loadd(7, column + right * 2, static_cast<size_t>(b_stride) * 2);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
      }
      _tile_stored(0, at, bytes);
      _tile_stored(1, at + right, bytes);
      _tile_stored(2, at + below * c_stride, bytes);
      _tile_stored(3, at + below * c_stride + right, bytes);
    }
  }
}
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
