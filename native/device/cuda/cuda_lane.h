// A stream's buffers and the decoder's operations on them.
#pragma once

#include <array>
#include <map>

#include "../operations.h"
#include "busy_time.h"
#include "cuda_weights.h"
#include "gemm.h"
#include "step_inputs.h"

namespace evosift {
namespace cuda {

// What the lanes of a device share; all of it outlives them.
struct LaneSettings {
  const Architecture& architecture;
  Gemm& gemm;
  const std::vector<DeviceMemory>& inverse_frequencies;  // by rope
  int ordinal;
  Dtype dtype;
  int64_t step_rows, head_rows;
  int64_t head_columns;  // of the vocabulary at a time, a multiple of 128
  int64_t attention_blocks;
  BusyTime& busy;
};

class CudaLane : public Lane {
 public:
  explicit CudaLane(const LaneSettings& settings);

  void begin(const Slab& slab, const SlabTargets& targets, const SlabOutputs& outputs) override;
  void end() override;
  bool repeat(int64_t key, const std::function<bool()>& operations) override;
  void* buffer(Slot slot, int64_t bytes) override;
  void embed(const DeviceTable& embedding, const DeviceTable* position_table, float scale, float* x) override;
  void norm(const DeviceNorm& weights, const float* x, int64_t rows, void* y) override;
  void add_norm(const DeviceNorm& weights, const float* delta, int64_t rows, float* x) override;
  void linear(const DeviceLinear& layer, const void* x, int64_t rows, float* y) override;
  void rope(const Layer& layer, const DeviceNorm& q_norm, const DeviceNorm& k_norm, int64_t first, int64_t rows,
            float* wide, void* qkv) override;
  void attention(const Layer& layer, const void* qkv, void* out) override;
  void gated_linear(const DeviceLinear& layer, const void* x, int64_t rows, void* out) override;
  void gather(const float* x, int64_t first, int64_t rows, float* out) override;
  void head_loss(const DeviceLinear& head, const void* normed, int64_t first, int64_t rows) override;
  void reward(const DeviceNorm& norm, const DeviceTable& score, const float* x, int64_t first, int64_t rows) override;
  void pool(const DeviceNorm& norm, const float* x) override;

 private:
  struct Repeated {
    bool ran = false;
    std::unique_ptr<Recording> recording;
  };

  void normalise(const DeviceNorm& weights, const float* x, int64_t rows, void* y, Dtype type, bool accumulate);
  void multiply(const GemmArgs& args);
  // The slab's rows, with those that only fill up its last step.
  int64_t slab_rows() const { return round_up(slab_.rows, s_.step_rows); }
  float* losses(int64_t kind) const { return static_cast<float*>(losses_.data()) + kind * loss_rows_; }

  const LaneSettings& s_;
  const Architecture& a_;
  Stream stream_;
  StreamTimer timer_;  // of the slab at hand
  std::array<DeviceMemory, static_cast<size_t>(Slot::count)> slots_;
  DeviceMemory workspace_, claimed_;
  StepInputs inputs_;
  DeviceMemory losses_;  // [3, loss_rows_]: nll or rewards, top1, entropy
  PinnedMemory losses_host_;
  DeviceMemory means_;  // of pooled sequences
  PinnedMemory means_host_;
  int64_t loss_rows_ = 0;
  std::map<int64_t, Repeated> repeated_;
  Slab slab_{};
  SlabTargets targets_{};
  SlabOutputs outputs_{};
};

}  // namespace cuda
}  // namespace evosift
