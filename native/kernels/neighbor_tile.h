// Squared distances of two panels of vectors by their inner products, ‖x‖² + ‖y‖² - 2 x·y: which of them are small, and by
// how much they are less than others. An inner product is a chain of `dimension` fused multiply-adds, in order.
#pragma once

#include <cstdint>

#include "cpu_kernel.h"

namespace evosift {

// Vectors of a panel, which stores a dimension of all of them side by side: [dimension][kPanelVectors].
constexpr int64_t kPanelVectors = 48;

struct NeighborTileArgs {
  const float *rows, *columns;  // panels, on a cache line's boundary
  int64_t dimension;
  const float *row_norms, *column_norms;    // [kPanelVectors]: squared; NaN where there is no vector
  const float *row_limits, *column_limits;  // [kPanelVectors]
  float* distances;                         // [kPanelVectors][kPanelVectors]; NaN where there is no vector
  // [kPanelVectors]: of a row, bit c where its distance from column c is at most the greater of their limits.
  uint64_t* near;
};

EVOSIFT_CPU_KERNEL(void neighbor_tile(const NeighborTileArgs& args))

struct CoverageTileArgs {
  const float *rows, *columns;  // panels, on a cache line's boundary
  int64_t dimension;
  const float *row_norms, *column_norms;  // [kPanelVectors]: squared; NaN where there is no vector
  const float* row_distances;             // [kPanelVectors]
  const float* row_most;                  // [kPanelVectors]: that a row gains at most
  const float* row_weights;               // [kPanelVectors]
  // [kPanelVectors], of each column: the sum over rows of weight * min(most, max(0, row's distance - its distance)).
  float* gains;
};

EVOSIFT_CPU_KERNEL(void coverage_tile(const CoverageTileArgs& args))

}  // namespace evosift
