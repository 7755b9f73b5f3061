// The kernels' bodies for this machine's instruction set.
#pragma once

#include "activation.h"
#include "attention.h"
#include "cross_entropy.h"
#include "neighbor_tile.h"
#include "norm.h"
#include "rope.h"

namespace evosift {

struct CpuKernels {
  bool bf16;  // whether attention takes bf16
  void (*norm)(const NormArgs&);
  void (*rope)(const RopeArgs&);
  void (*attention)(const AttentionArgs&);
  void (*activation)(const ActivationArgs&);
  void (*cross_entropy)(const CrossEntropyArgs&);
  void (*neighbor_tile)(const NeighborTileArgs&);
  void (*coverage_tile)(const CoverageTileArgs&);
};

// Those of instruction_set(). Throws Error unsupported_platform below AVX2.
const CpuKernels& cpu_kernels();

}  // namespace evosift
