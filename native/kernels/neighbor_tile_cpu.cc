#include "neighbor_tile.h"

#include "simd.h"

namespace evosift {
namespace EVOSIFT_ISA {

namespace {

// Registers hold kRows x kColumns sums, kColumns vectors of columns and one of a row: 28 of AVX-512's 32, AVX2's 16.
constexpr int kRows = kWidth == 16 ? 8 : 4;
constexpr int kColumns = 3;
constexpr int64_t kStrip = kColumns * kWidth;
static_assert(kPanelVectors % kRows == 0 && kPanelVectors % kStrip == 0, "a panel is whole blocks of registers");

struct Products {
  vf of[kRows][kColumns];
};

inline Products multiply(const float* rows, const float* columns, int64_t dimension) {
  Products sums;
  for (int r = 0; r < kRows; ++r)
    for (int c = 0; c < kColumns; ++c) sums.of[r][c] = zero();
  for (int64_t i = 0; i < dimension; ++i, rows += kPanelVectors, columns += kPanelVectors) {
    vf column[kColumns];
    for (int c = 0; c < kColumns; ++c) column[c] = load(columns + c * kWidth);
    for (int r = 0; r < kRows; ++r) {
      const vf row = splat(rows[r]);
      for (int c = 0; c < kColumns; ++c) sums.of[r][c] = fma(row, column[c], sums.of[r][c]);
    }
  }
  return sums;
}

}  // namespace

void neighbor_tile(const NeighborTileArgs& a) {
  for (int64_t r = 0; r < kPanelVectors; ++r) a.near[r] = 0;
  for (int64_t left = 0; left < kPanelVectors; left += kStrip) {
    for (int64_t top = 0; top < kPanelVectors; top += kRows) {
      const Products products = multiply(a.rows + top, a.columns + left, a.dimension);
      for (int r = 0; r < kRows; ++r) {
        const int64_t row = top + r;
        for (int c = 0; c < kColumns; ++c) {
          const int64_t column = left + c * kWidth;
          const vf norms = splat(a.row_norms[row]) + load(a.column_norms + column);
          const vf distance = fma(splat(-2.0f), products.of[r][c], norms);
          store(a.distances + row * kPanelVectors + column, distance);
          const vf limit = max(splat(a.row_limits[row]), load(a.column_limits + column));
          a.near[row] |= static_cast<uint64_t>(at_most(distance, limit)) << column;
        }
      }
    }
  }
}

void coverage_tile(const CoverageTileArgs& a) {
  for (int64_t left = 0; left < kPanelVectors; left += kStrip) {
    vf gains[kColumns], column_norms[kColumns];
    for (int c = 0; c < kColumns; ++c) {
      gains[c] = zero();
      column_norms[c] = load(a.column_norms + left + c * kWidth);
    }
    for (int64_t top = 0; top < kPanelVectors; top += kRows) {
      const Products products = multiply(a.rows + top, a.columns + left, a.dimension);
      for (int r = 0; r < kRows; ++r) {
        const int64_t row = top + r;
        const vf before = splat(a.row_distances[row]), most = splat(a.row_most[row]), norm = splat(a.row_norms[row]);
        for (int c = 0; c < kColumns; ++c) {
          const vf distance = fma(splat(-2.0f), products.of[r][c], norm + column_norms[c]);
          const vf gain = min(max(before - distance, zero()), most);
          gains[c] = fma(splat(a.row_weights[row]), gain, gains[c]);
        }
      }
    }
    for (int c = 0; c < kColumns; ++c) store(a.gains + left + c * kWidth, gains[c]);
  }
}

}  // namespace EVOSIFT_ISA
}  // namespace evosift
