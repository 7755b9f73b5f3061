#include "cpu_device.h"

#include <algorithm>

#include "../base/error.h"
#include "../base/instruction_set.h"
#include "../kernels/cpu_kernels.h"
#include "../kernels/matmul.h"
#include "cpu_lane.h"
#include "cpu_weights.h"

namespace evosift {

namespace {

// Rows that pass by a chunk of weights while it is in the L2 cache.
constexpr int64_t kTileRows = 256;
// A chunk's columns, as oneDNN's kernels like them.
constexpr int64_t kColumns = 64;

class CpuDevice : public Device {
 public:
  CpuDevice(const Architecture& architecture, Dtype dtype) : a_(architecture), matmuls_(make_matmuls(dtype)) {}

  Dtype dtype() const override { return matmuls_->dtype(); }
  std::string implementation() const override { return matmuls_->implementation(); }
  int64_t tile_rows() const override { return kTileRows; }
  int64_t head_rows() const override { return kTileRows; }
  int64_t computed_rows(int64_t rows, int64_t) const override { return rows; }

  std::unique_ptr<DeviceLinear> pack(const LinearWeights& weights, bool accumulate) override {
    return pack({weights.weight.rows(), weights.weight.cols(), accumulate, 0}, rows_of(weights.weight), weights.bias);
  }

  // A chunk holds the gate's rows and up's rows of the same units, so that their activation follows at once.
  std::unique_ptr<DeviceLinear> pack_gated(const LinearWeights& weights) override {
    const MatrixView& w = weights.weight;
    const int64_t gates = a_.gated ? 2 : 1;
    const PackedLinear::Form form{w.rows(), w.cols(), false, kColumns * gates};
    if (!a_.gated) return pack(form, rows_of(w), weights.bias);
    const int64_t width = PackedLinear::chunk_columns(matmuls_->dtype(), form);
    std::vector<int64_t> order;
    for (int64_t first = 0; first < w.rows(); first += width) {
      const int64_t units = std::min(width, w.rows() - first) / 2;
      for (const int64_t matrix : {int64_t{0}, a_.intermediate})
        for (int64_t u = 0; u < units; ++u) order.push_back(matrix + first / 2 + u);
    }
    const auto read = [&](int64_t first, int64_t count, float* out) {
      // In runs of neighbours: a transposed matrix is read by blocks.
      for (int64_t i = 0, n; i < count; i += n) {
        const auto at = [&](int64_t k) { return order[static_cast<size_t>(first + k)]; };
        for (n = 1; i + n < count && at(i + n) == at(i) + n;) ++n;
        w.read_rows(at(i), n, out + i * w.cols());
      }
    };
    std::vector<float> bias;
    if (!weights.bias.empty())
      for (const int64_t r : order) bias.push_back(weights.bias[static_cast<size_t>(r)]);
    return pack(form, read, bias);
  }

  std::unique_ptr<DeviceLinear> pack_head(const MatrixView& weights, const DeviceTable*) override {
    return pack({weights.rows(), weights.cols(), false, kColumns}, rows_of(weights), {});
  }

  std::unique_ptr<DeviceNorm> pack_norm(const NormWeights& weights) override {
    return std::make_unique<CpuNorm>(weights);
  }
  std::unique_ptr<DeviceTable> pack_table(const MatrixView& weights) override {
    return std::make_unique<CpuTable>(weights);
  }

  std::unique_ptr<Lane> lane() override { return make_cpu_lane(a_, *matmuls_); }

 private:
  static ReadRows rows_of(const MatrixView& w) {
    return [&w](int64_t first, int64_t count, float* out) { w.read_rows(first, count, out); };
  }

  std::unique_ptr<DeviceLinear> pack(const PackedLinear::Form& form, const ReadRows& read,
                                     const std::vector<float>& bias) {
    return std::make_unique<CpuLinear>(PackedLinear(*matmuls_, form, read, bias, packing_runner_));
  }

  const Architecture& a_;
  std::unique_ptr<Matmuls> matmuls_;
  MatmulRunner packing_runner_;
};

}  // namespace

Dtype best_cpu_dtype() { return cpu_kernels().bf16 ? Dtype::bf16 : Dtype::f32; }

std::unique_ptr<Device> make_cpu_device(const Architecture& architecture, Dtype dtype) {
  if (dtype == Dtype::bf16 && !cpu_kernels().bf16)
    throw Error("unsupported_dtype", std::string("bf16 needs a CPU with AVX512_BF16, and this engine runs on ") +
                                         name_of(instruction_set()) + "; use `dtype: f32` or auto");
  return std::make_unique<CpuDevice>(architecture, dtype);
}

}  // namespace evosift
