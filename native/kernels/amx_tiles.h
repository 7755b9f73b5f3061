// Matmul of small bf16 matrices on AMX: tiles of 16 rows by 32 values of the contraction.
#pragma once

#include "simd.h"

namespace evosift {
namespace EVOSIFT_ISA {

namespace {

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

struct Nothing {
  void operator()() const {}
};

// Brings what is multiplied by next from memory to the L2 cache, a share with each call: weights pass by too fast for the
// processor's own prefetcher.
class Prefetch {
 public:
  // `calls`: how often it will be called.
  Prefetch(const void* from, int64_t bytes, int64_t calls)
      : at_(static_cast<const char*>(from)), end_(at_ + bytes), share_(round_up(bytes, 64 * calls) / calls) {}
  void operator()() {
    const char* to = at_ + share_ < end_ ? at_ + share_ : end_;
    for (; at_ < to; at_ += 64) _mm_prefetch(at_, _MM_HINT_T1);
  }

 private:
  const char* at_;
  const char* end_;
  int64_t share_;
};

// The four tiles of sums, 0 to 3, of y[32, 32] (rows `stride` apart). `below`, `right`: 16, or 0 where there is one tile
// only, which is then held twice.
class Sums {
 public:
  Sums(float* y, int64_t stride, int64_t below, int64_t right)
      : top_(y), bottom_(y + below * stride), right_(right), bytes_(static_cast<size_t>(stride) * sizeof(float)) {}
  void begin(bool add) const {
    if (add) {
      _tile_loadd(0, top_, bytes_);
      _tile_loadd(1, top_ + right_, bytes_);
      _tile_loadd(2, bottom_, bytes_);
      _tile_loadd(3, bottom_ + right_, bytes_);
    } else {
      _tile_zero(0);
      _tile_zero(1);
      _tile_zero(2);
      _tile_zero(3);
    }
  }
  void end() const {
    _tile_stored(0, top_, bytes_);
    _tile_stored(1, top_ + right_, bytes_);
    _tile_stored(2, bottom_, bytes_);
    _tile_stored(3, bottom_ + right_, bytes_);
  }

 private:
  float *top_, *bottom_;
  int64_t right_;
  size_t bytes_;
};

// Two tiles of rows by two of columns; a matrix of an odd number of tiles multiplies its last one twice. Calls meanwhile()
// once for every step of the contraction, while the tile unit is at work.
template <bool kAdd, typename Meanwhile = Nothing>
inline void multiply_tiles(const bf16* a, int64_t a_stride, const bf16* b, int64_t b_stride, float* c, int64_t c_stride,
                           int64_t rows, int64_t columns, int64_t k, Meanwhile&& meanwhile = {}) {
  for (int64_t r = 0; r < rows; r += 32) {
    const int64_t below = r + 16 < rows ? 16 : 0;
    for (int64_t n = 0; n < columns; n += 32) {
      const int64_t right = n + 16 < columns ? 16 : 0;
      const Sums sums(c + r * c_stride + n, c_stride, below, right);
      sums.begin(kAdd);
      for (int64_t i = 0; i < k; i += 16) {
        const bf16* row = a + r * a_stride + i * 2;
        const bf16* column = b + i * b_stride + n * 2;
        _tile_loadd(6, column, static_cast<size_t>(b_stride) * 2);
        _tile_loadd(4, row, static_cast<size_t>(a_stride) * 2);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, column + right * 2, static_cast<size_t>(b_stride) * 2);
        _tile_dpbf16ps(1, 4, 7);
        meanwhile();
        _tile_loadd(5, row + below * a_stride, static_cast<size_t>(a_stride) * 2);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
      }
      sums.end();
    }
  }
}

// Calls multiply(y, stride, columns, add) for a block of y that is whole tiles: y[count, columns] itself where it is, else
// a copy that is put back. `bias` may be null; with it, or with `accumulate`, multiply is to add to what is there.
template <typename Multiply>
inline void with_whole_tiles(float* y, int64_t stride, int64_t count, int64_t columns, const float* bias,
                             bool accumulate, const Multiply& multiply) {
  if (bias) {
    for (int64_t r = 0; r < count; ++r)
      for (int64_t c = 0; c < columns; ++c) y[r * stride + c] = bias[c] + (accumulate ? y[r * stride + c] : 0.0f);
  }
  const bool add = accumulate || bias;
  if (columns % 16 == 0) return multiply(y, stride, columns, add);
  constexpr int64_t kWhole = 32;
  alignas(64) float whole[kWhole * kWhole] = {};
  const auto bytes = static_cast<size_t>(columns) * sizeof(float);
  for (int64_t r = 0; r < count && add; ++r) __builtin_memcpy(whole + r * kWhole, y + r * stride, bytes);
  multiply(whole, kWhole, kWhole, add);
  for (int64_t r = 0; r < count; ++r) __builtin_memcpy(y + r * stride, whole + r * kWhole, bytes);
}

}  // namespace

}  // namespace EVOSIFT_ISA
}  // namespace evosift
