// The one decoder graph: every supported architecture, on every device.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "../kernels/operations.h"
#include "architecture.h"
#include "weights.h"

namespace evosift {

// When to stop on the way: looked at between matrices and tiles.
struct Cancellation {
  const std::atomic<bool>& own;
  const std::atomic<bool>& everything;
  explicit operator bool() const { return own || everything; }
};

// A target is a position whose token is predicted from the position before it.
struct SlabTargets {
  const int64_t* positions;  // [count], row numbers in the slab, never a sequence's first row
  const int32_t* tokens;     // [count], the tokens there
  int64_t count;
};

struct SlabOutputs {
  LossOutputs losses;  // [count] each
  float* pooled;       // [sequences, hidden], or null
};

// A matrix [out, in] that `count` layers have.
struct MatmulUse {
  const char* name;
  int64_t out, in, count;
  bool per_target;
};

class Decoder {
 public:
  // Packs the weights for the device; reads every weight once. `cancelled` is looked at between matrices: when it turns
  // true, Error closed is thrown.
  Decoder(Architecture architecture, ModelWeights weights, Dtype dtype, const Cancellation& cancelled);

  const Architecture& architecture() const { return *architecture_; }
  const Device& device() const { return *device_; }
  int64_t parameters() const { return weights_.parameters; }
  size_t weight_bytes() const { return weight_bytes_; }
  // Its matmuls, by shape: those that every token passes, and the head, which only targets do.
  std::vector<MatmulUse> matmuls() const;
  // Matmul FLOPs (2 a weight): of the layers, for every token; of the head, for every target.
  double flops_per_token() const { return flops(false); }
  double flops_per_target() const { return flops(true); }

  std::unique_ptr<Lane> lane() const { return device_->lane(); }

  // Runs the slab on the lane. Returns false, with the outputs unfinished, when `cancelled` turned true on the way.
  bool run(Lane& lane, const Slab& slab, const SlabTargets& targets, const SlabOutputs& outputs,
           const Cancellation& cancelled) const;

 private:
  struct PackedLayer {
    std::unique_ptr<DeviceLinear> qkv, out, gate_up, down;
  };
  struct Buffers;

  double flops(bool per_target) const;
  void project(Lane& lane, size_t layer, const Slab& slab, int64_t first, int64_t rows, const Buffers& b) const;
  void finish(Lane& lane, size_t layer, int64_t first, int64_t rows, const Buffers& b) const;
  bool score(Lane& lane, const SlabTargets& targets, const LossOutputs& losses, const Buffers& b,
             const Cancellation& cancelled) const;

  std::unique_ptr<const Architecture> architecture_;  // where the device finds it, wherever the decoder moves
  ModelWeights weights_;
  std::unique_ptr<Device> device_;
  std::vector<PackedLayer> layers_;
  std::unique_ptr<DeviceLinear> head_;
  size_t weight_bytes_ = 0;
};

}  // namespace evosift
