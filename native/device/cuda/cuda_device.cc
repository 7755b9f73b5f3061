#include "cuda_device.h"

#include <mutex>

#include "../../base/error.h"
#include "../../kernels/attention_cuda.h"
#include "cuda_lane.h"
#include "cuda_weights.h"
#include "step_rows.h"

namespace evosift {

namespace {

// Blocks of the attention on a multiprocessor, at most: they claim their work.
constexpr int64_t kAttentionBlocks = 4;

class CudaDevice : public Device {
 public:
  CudaDevice(const Architecture& architecture, const CudaOptions& options, std::unique_ptr<Gemm> gemm)
      : a_(architecture), options_(options), gemm_(std::move(gemm)) {
    if (a_.head_dim > cuda::kMostHeadDim)
      throw Error("unsupported_architecture", "attention on a GPU holds heads of up to " +
                                                  std::to_string(cuda::kMostHeadDim) + " dimensions, and " + a_.name +
                                                  " has " + std::to_string(a_.head_dim) + " here; use `device: cpu`");
    if (options.step_rows % 128 != 0 || options.step_rows < 0)
      throw Error("engine_failed",
                  "a step of " + std::to_string(options.step_rows) + " tokens: give a multiple of 128");
    cuda::use_device(options_.ordinal);
    stream_ = std::make_unique<cuda::Stream>();
    for (const Rope& rope : a_.ropes)
      inverse_frequencies_.push_back(cuda::upload(rope_inverse_frequencies(rope, a_.rotary_dim), *stream_));
  }

  Dtype dtype() const override { return options_.dtype; }
  std::string implementation() const override { return gemm_->name(); }
  int64_t tile_rows() const override { return settings().step_rows; }
  int64_t head_rows() const override { return settings().head_rows; }
  int64_t computed_rows(int64_t, int64_t tile) const override { return tile; }

  std::unique_ptr<DeviceLinear> pack(const LinearWeights& weights, bool accumulate) override {
    return linear(weights.weight, weights.bias, weights.weight.rows(), accumulate);
  }
  std::unique_ptr<DeviceLinear> pack_gated(const LinearWeights& weights) override { return pack(weights, false); }
  std::unique_ptr<DeviceLinear> pack_head(const MatrixView& weights, const DeviceTable* tied) override {
    if (auto shared = tied ? cuda::as_head(*tied, options_.dtype) : nullptr) return shared;
    return linear(weights, {}, cuda::padded_vocabulary(weights.rows()), false);
  }
  std::unique_ptr<DeviceNorm> pack_norm(const NormWeights& weights) override {
    cuda::use_device(options_.ordinal);
    auto norm = std::make_unique<cuda::CudaNorm>();
    norm->weight = cuda::upload(weights.weight, *stream_);
    norm->bias = cuda::upload(weights.bias, *stream_);
    return norm;
  }
  std::unique_ptr<DeviceTable> pack_table(const MatrixView& weights) override {
    cuda::use_device(options_.ordinal);
    return cuda::upload_table(weights, *stream_);
  }

  double busy_seconds() const override { return busy_.seconds(); }

  std::unique_ptr<Lane> lane() override {
    cuda::use_device(options_.ordinal);
    return std::make_unique<cuda::CudaLane>(settings());
  }

 private:
  std::unique_ptr<DeviceLinear> linear(const MatrixView& weight, const std::vector<float>& bias, int64_t padded_rows,
                                       bool accumulate) {
    cuda::use_device(options_.ordinal);
    return cuda::upload_linear(weight, bias, options_.dtype, padded_rows, accumulate, *stream_);
  }

  // Settled when first asked for: by then the weights have taken their memory.
  const cuda::LaneSettings& settings() const {
    std::call_once(settled_, [&] {
      cuda::use_device(options_.ordinal);
      const int64_t rows = options_.step_rows > 0 ? options_.step_rows : cuda::choose_step_rows(a_, options_, *gemm_);
      settings_ = std::make_unique<const cuda::LaneSettings>(
          cuda::LaneSettings{a_, *gemm_, inverse_frequencies_, options_.ordinal, options_.dtype, rows,
                             cuda::head_rows(rows), cuda::head_columns(rows, options_.logit_bytes),
                             kAttentionBlocks * static_cast<int64_t>(cuda::device_limits().multiprocessors), busy_});
    });
    return *settings_;
  }

  const Architecture& a_;
  const CudaOptions options_;
  const std::unique_ptr<Gemm> gemm_;
  std::unique_ptr<cuda::Stream> stream_;  // for the weights
  std::vector<cuda::DeviceMemory> inverse_frequencies_;
  mutable cuda::BusyTime busy_;
  mutable std::once_flag settled_;
  mutable std::unique_ptr<const cuda::LaneSettings> settings_;
};

}  // namespace

std::unique_ptr<Device> make_cuda_device(const Architecture& architecture, const CudaOptions& options,
                                         std::unique_ptr<Gemm> gemm) {
  return std::make_unique<CudaDevice>(architecture, options, std::move(gemm));
}

}  // namespace evosift
