// Weights as the CPU device keeps them.
#pragma once

#include <utility>

#include "../kernels/matmul.h"
#include "operations.h"

namespace evosift {

class CpuLinear : public DeviceLinear {
 public:
  explicit CpuLinear(PackedLinear packed) : packed_(std::move(packed)) {}
  const PackedLinear& packed() const { return packed_; }
  size_t bytes() const override { return packed_.bytes(); }

 private:
  PackedLinear packed_;
};

inline const PackedLinear& packed(const DeviceLinear& layer) { return static_cast<const CpuLinear&>(layer).packed(); }

class CpuNorm : public DeviceNorm {
 public:
  explicit CpuNorm(const NormWeights& weights) : weights_(weights) {}
  size_t bytes() const override { return (weights_.weight.size() + weights_.bias.size()) * sizeof(float); }
  const NormWeights& weights() const { return weights_; }

 private:
  NormWeights weights_;
};

inline const NormWeights& floats(const DeviceNorm& norm) { return static_cast<const CpuNorm&>(norm).weights(); }

// Read where it is stored.
class CpuTable : public DeviceTable {
 public:
  explicit CpuTable(const MatrixView& view) : view_(view) {}
  size_t bytes() const override { return 0; }
  const MatrixView& view() const { return view_; }

 private:
  MatrixView view_;
};

inline const MatrixView& view(const DeviceTable& table) { return static_cast<const CpuTable&>(table).view(); }

}  // namespace evosift
