// MatrixView of weights.h: rows of stored, transposed or random matrices as f32.
#include <algorithm>
#include <cstring>

#include "../base/bf16.h"
#include "weights.h"

namespace evosift {

namespace {

// Standard deviation 0.02 from the sum of a hash's four bytes (each uniform on 0..255).
constexpr int32_t kByteSumMean = 4 * 255 / 2;
constexpr float kByteSumDeviation = 147.8016f;  // sqrt(4 * (256^2 - 1) / 12)
constexpr float kRandomScale = 0.02f / kByteSumDeviation;

// A bijective 32-bit mixer: Chris Wellons, https://nullprogram.com/blog/2018/07/31/
inline uint32_t mix(uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  x ^= x >> 16;
  return x;
}

// Element i of a random matrix is a function of the seed and i alone.
void random_values(uint64_t seed, bool is_bf16, int64_t first, int64_t count, float* out) {
  const uint32_t key = mix(static_cast<uint32_t>(seed) ^ mix(static_cast<uint32_t>(seed >> 32)));
  const auto base = static_cast<uint32_t>(first);
  for (int64_t i = 0; i < count; ++i) {
    const uint32_t hash = mix((base + static_cast<uint32_t>(i)) ^ key);
    const uint32_t pairs = (hash & 0x00FF00FF) + ((hash >> 8) & 0x00FF00FF);
    const auto sum = static_cast<int32_t>((pairs & 0xFFFF) + (pairs >> 16));
    const float value = static_cast<float>(sum - kByteSumMean) * kRandomScale;
    out[i] = is_bf16 ? to_f32(to_bf16(value)) : value;
  }
}

// Rows [first, first+count) of a matrix stored [cols, stored_rows], to out[count, cols]. Reads runs of a tile's columns
// and turns them in cache.
void read_transposed(const TensorView& tensor, int64_t first, int64_t count, int64_t cols, float* out) {
  constexpr int64_t kTile = 32;
  float tile[kTile * kTile];
  const int64_t stored_rows = tensor.shape[1];
  for (int64_t r0 = 0; r0 < count; r0 += kTile) {
    const int64_t rows = std::min(kTile, count - r0);
    for (int64_t c0 = 0; c0 < cols; c0 += kTile) {
      const int64_t width = std::min(kTile, cols - c0);
      for (int64_t c = 0; c < width; ++c) tensor.read((c0 + c) * stored_rows + first + r0, rows, tile + c * kTile);
      for (int64_t r = 0; r < rows; ++r) {
        float* const to = out + (r0 + r) * cols + c0;
        for (int64_t c = 0; c < width; ++c) to[c] = tile[c * kTile + r];
      }
    }
  }
}

}  // namespace

void MatrixView::append(const Block& block, int64_t cols) {
  blocks_.push_back(block);
  rows_ += block.rows;
  cols_ = cols;
}

void MatrixView::read_rows(int64_t first, int64_t count, float* out) const {
  int64_t block_begin = 0;
  for (const Block& block : blocks_) {
    const int64_t begin = std::max(first, block_begin);
    const int64_t end = std::min(first + count, block_begin + block.rows);
    if (begin < end) {
      const int64_t row = block.first_row + begin - block_begin;
      const int64_t rows = end - begin;
      float* const to = out + (begin - first) * cols_;
      if (block.tensor.data == nullptr)
        random_values(block.seed, block.is_bf16, row * cols_, rows * cols_, to);
      else if (block.transposed)
        read_transposed(block.tensor, row, rows, cols_, to);
      else
        block.tensor.read(row * cols_, rows * cols_, to);
    }
    block_begin += block.rows;
    if (block_begin >= first + count) break;
  }
}

}  // namespace evosift
