// The one decoder graph: every supported architecture, on every device.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "../device/operations.h"
#include "../model/architecture.h"
#include "../model/weights.h"

namespace evosift {

// When to stop on the way: looked at between matrices and tiles.
struct Cancellation {
  const std::atomic<bool>& own;
  const std::atomic<bool>& everything;
  explicit operator bool() const { return own || everything; }
};

// A matrix [out, in] that `count` layers have.
struct MatmulUse {
  const char* name;
  int64_t out, in, count;
  bool per_target;
};

class Decoder {
 public:
  // Packs the weights for the device that `make_device` makes; reads every weight once. `cancelled` is looked at between matrices: when it turns
  // true, Error closed is thrown.
  Decoder(Architecture architecture, ModelWeights weights, const DeviceFactory& make_device,
          const Cancellation& cancelled);

  const Architecture& architecture() const { return *architecture_; }
  const Device& device() const { return *device_; }
  int64_t parameters() const { return parameters_; }
  size_t weight_bytes() const { return weight_bytes_; }
  // Its matmuls, by shape: those that every token passes, and a language model's head, which only targets do.
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
    std::unique_ptr<DeviceNorm> attention_norm, attention_post_norm, mlp_norm, mlp_post_norm, q_norm, k_norm;
  };
  struct Buffers;

  double flops(bool per_target) const;
  void project(Lane& lane, size_t layer, int64_t first, int64_t rows, const Buffers& b) const;
  void finish(Lane& lane, size_t layer, int64_t first, int64_t rows, const Buffers& b) const;
  bool run_layers(Lane& lane, int64_t rows, const Buffers& b, const Cancellation& cancelled) const;
  bool score(Lane& lane, int64_t targets, const Buffers& b, const Cancellation& cancelled) const;

  std::unique_ptr<const Architecture> architecture_;  // where the device finds it, wherever the decoder moves
  std::shared_ptr<const TensorStore> store_;          // tables may be read where they are stored
  int64_t parameters_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<DeviceTable> embedding_, positions_;  // positions null where they are not learned
  std::vector<PackedLayer> layers_;
  std::unique_ptr<DeviceNorm> final_norm_;
  std::unique_ptr<DeviceLinear> head_;   // of a language model
  std::unique_ptr<DeviceTable> reward_;  // of a reward model
  size_t weight_bytes_ = 0;
};

}  // namespace evosift
