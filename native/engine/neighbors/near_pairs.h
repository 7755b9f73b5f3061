// The pairs of two panels' vectors that may be near enough to matter.
#pragma once

#include <algorithm>

#include "../../kernels/cpu_kernels.h"
#include "packed_vectors.h"

namespace evosift {

// Calls visit(r, c) for vector r of one panel and c of another whose lower bound is at most the greater of their limits
// ([kPanelVectors] each, in the frame's scale), row by row. Limits may sink meanwhile. Where they are one and the same panel
// (`diagonal`), only for r < c.
template <typename Visit>
void near_pairs(int64_t dimension, const Panel& rows, const float* row_limits, const Panel& columns,
                const float* column_limits, bool diagonal, const Visit& visit) {
  alignas(64) float bounds[kPanelVectors * kPanelVectors];
  uint64_t near[kPanelVectors];
  cpu_kernels().neighbor_tile(
      {rows.values, columns.values, dimension, rows.norms, columns.norms, row_limits, column_limits, bounds, near});
  for (int64_t r = 0; r < kPanelVectors; ++r) {
    uint64_t left = diagonal ? near[r] & ~(~uint64_t{0} >> (63 - r)) : near[r];
    for (; left != 0; left &= left - 1) {
      const int64_t c = __builtin_ctzll(left);
      if (bounds[r * kPanelVectors + c] <= std::max(row_limits[r], column_limits[c])) visit(r, c);
    }
  }
}

}  // namespace evosift
