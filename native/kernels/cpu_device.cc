#include "cpu_device.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>

#include "../model/error.h"
#include "bf16.h"
#include "cpu_kernels.h"
#include "matmul.h"

namespace evosift {

namespace {

constexpr int64_t kTileRows = 64;
constexpr int64_t kHeadColumns = 2048;

class CpuLinear : public DeviceLinear {
 public:
  explicit CpuLinear(PackedLinear packed) : packed_(std::move(packed)) {}
  const PackedLinear& packed() const { return packed_; }
  size_t bytes() const override { return packed_.bytes(); }

 private:
  PackedLinear packed_;
};

const PackedLinear& packed(const DeviceLinear& layer) { return static_cast<const CpuLinear&>(layer).packed(); }

// 64-byte aligned memory that only grows. Zeroed, so that padding rows hold numbers.
class Growing {
 public:
  ~Growing() { std::free(data_); }
  Growing() = default;
  Growing(const Growing&) = delete;
  Growing& operator=(const Growing&) = delete;

  void* at_least(int64_t bytes) {
    if (bytes > size_) {
      std::free(data_);
      size_ = 0;
      const auto whole = static_cast<size_t>(round_up(bytes, 4096));
      data_ = std::aligned_alloc(4096, whole);
      if (!data_) throw std::bad_alloc();
      std::memset(data_, 0, whole);
      size_ = static_cast<int64_t>(whole);
    }
    return data_;
  }

 private:
  void* data_ = nullptr;
  int64_t size_ = 0;
};

// cos and sin of position * inverse_frequency, computed for the positions met so far. The angle is an f32 product, as in HF.
class RopeTable {
 public:
  void cover(const Rope& rope, int64_t rotary_dim, int64_t positions) {
    const int64_t half = rotary_dim / 2;
    if (inverse_.empty()) inverse_ = rope_inverse_frequencies(rope, rotary_dim);
    if (positions <= covered_) return;
    cos_.resize(static_cast<size_t>(positions * half));
    sin_.resize(cos_.size());
    for (int64_t p = covered_; p < positions; ++p) {
      for (int64_t i = 0; i < half; ++i) {
        const double angle = static_cast<double>(static_cast<float>(p) * inverse_[static_cast<size_t>(i)]);
        cos_[static_cast<size_t>(p * half + i)] = static_cast<float>(std::cos(angle));
        sin_[static_cast<size_t>(p * half + i)] = static_cast<float>(std::sin(angle));
      }
    }
    covered_ = positions;
  }
  const float* cos() const { return cos_.data(); }
  const float* sin() const { return sin_.data(); }

 private:
  std::vector<float> inverse_, cos_, sin_;
  int64_t covered_ = 0;
};

const float* or_null(const std::vector<float>& v) { return v.empty() ? nullptr : v.data(); }

class CpuLane : public Lane {
 public:
  CpuLane(const Architecture& architecture, const Matmuls& matmuls)
      : a_(architecture), matmuls_(matmuls), kernels_(cpu_kernels()), ropes_(architecture.ropes.size()) {}

  void* buffer(Slot slot, int64_t bytes) override { return slots_[static_cast<size_t>(slot)].at_least(bytes); }

  void embed(const MatrixView& embedding, const MatrixView& position_table, float scale, const Slab& slab,
             float* x) override {
    row_.resize(static_cast<size_t>(a_.hidden));
    for (int64_t r = 0; r < slab.rows; ++r) {
      float* to = x + r * a_.hidden;
      embedding.read_rows(slab.tokens[r], 1, to);
      if (scale != 1.0f)
        for (int64_t i = 0; i < a_.hidden; ++i) to[i] *= scale;
      if (position_table.empty()) continue;
      position_table.read_rows(slab.positions[r], 1, row_.data());
      for (int64_t i = 0; i < a_.hidden; ++i) to[i] += row_[static_cast<size_t>(i)];
    }
    int64_t longest = 0;
    for (int64_t s = 0; s < slab.sequences; ++s) longest = std::max(longest, slab.starts[s + 1] - slab.starts[s]);
    for (size_t i = 0; i < ropes_.size(); ++i) ropes_[i].cover(a_.ropes[i], a_.rotary_dim, longest);
  }

  void norm(const NormWeights& weights, const float* x, int64_t rows, void* y) override {
    if (!weights.weight.empty()) return normalise(weights, x, rows, y, matmuls_.dtype(), false);
    if (matmuls_.dtype() == Dtype::f32) {
      std::memcpy(y, x, static_cast<size_t>(rows * a_.hidden) * sizeof(float));
    } else {
      for (int64_t i = 0; i < rows * a_.hidden; ++i) static_cast<bf16*>(y)[i] = to_bf16(x[i]);
    }
  }

  void add_norm(const NormWeights& weights, const float* delta, int64_t rows, float* x) override {
    normalise(weights, delta, rows, x, Dtype::f32, true);
  }

  void linear(const DeviceLinear& layer, const void* x, int64_t rows, float* y) override {
    packed(layer).run(runner_, x, matmuls_.padded_rows(rows), y);
  }

  void rope(const Layer& layer, const LayerWeights& weights, const Slab& slab, int64_t first, int64_t rows, float* wide,
            void* qkv) override {
    RopeArgs args{};
    args.qkv = wide;
    args.rows = rows;
    args.heads = a_.heads;
    args.kv_heads = a_.kv_heads;
    args.head_dim = a_.head_dim;
    args.q_norm = or_null(weights.q_norm.weight);
    args.k_norm = or_null(weights.k_norm.weight);
    args.norm_full_width = a_.qk_norm == QkNorm::full_width;
    args.norm_eps = a_.norm_eps;
    if (layer.rope >= 0 && a_.positions == PositionKind::rope) {
      args.cos = ropes_[static_cast<size_t>(layer.rope)].cos();
      args.sin = ropes_[static_cast<size_t>(layer.rope)].sin();
    }
    args.rotary_dim = a_.rotary_dim;
    args.positions = slab.positions + first;
    args.out = static_cast<char*>(qkv) + first * a_.qkv_width() * bytes_of(matmuls_.dtype());
    args.out_type = matmuls_.dtype();
    kernels_.rope(args);
  }

  void attention(const Layer& layer, const Slab& slab, const void* qkv, void* out) override {
    const Dtype type = matmuls_.dtype();
    for (int64_t s = 0; s < slab.sequences; ++s) {
      const int64_t first = slab.starts[s], length = slab.starts[s + 1] - first;
      void* scratch = attention_scratch_.at_least(attention_scratch_bytes(length, a_.head_dim, a_.heads / a_.kv_heads));
      kernels_.attention({static_cast<const char*>(qkv) + first * a_.qkv_width() * bytes_of(type), length, a_.heads,
                          a_.kv_heads, a_.head_dim, layer.attention_scale, a_.attention_softcap, layer.window,
                          static_cast<char*>(out) + first * a_.q_width() * bytes_of(type), type, scratch});
    }
  }

  void activation(const float* wide, int64_t rows, void* out) override {
    kernels_.activation({wide, rows, a_.intermediate, a_.activation, a_.gated, out, matmuls_.dtype()});
  }

  void gather(const float* x, const int64_t* index, int64_t rows, float* out) override {
    for (int64_t r = 0; r < rows; ++r)
      std::memcpy(out + r * a_.hidden, x + index[r] * a_.hidden, static_cast<size_t>(a_.hidden) * sizeof(float));
  }

  void head_loss(const std::vector<std::unique_ptr<DeviceLinear>>& head, const void* normed, const int32_t* targets,
                 int64_t rows, const LossOutputs& out) override {
    auto* logits = static_cast<float*>(buffer(Slot::logits, kTileRows * kHeadColumns * 4));
    states_.resize(static_cast<size_t>(rows));
    cross_entropy_begin(states_.data(), rows);
    int64_t column = 0;
    for (const auto& tile : head) {
      const int64_t columns = packed(*tile).out_features();
      linear(*tile, normed, rows, logits);
      kernels_.cross_entropy(
          {logits, rows, columns, columns, column, targets, a_.final_softcap, out.entropy != nullptr, states_.data()});
      column += columns;
    }
    cross_entropy_end(states_.data(), rows, {out.nll, out.top1, out.entropy});
  }

  void pool(const NormWeights& weights, const Slab& slab, const float* x, float* out) override {
    row_.resize(static_cast<size_t>(a_.hidden));
    for (int64_t s = 0; s < slab.sequences; ++s) {
      float* mean = out + s * a_.hidden;
      const int64_t from = slab.starts[s], to = slab.starts[s + 1];
      std::memset(mean, 0, static_cast<size_t>(a_.hidden) * sizeof(float));
      for (int64_t r = from; r < to; ++r) {
        normalise(weights, x + r * a_.hidden, 1, row_.data(), Dtype::f32, false);
        for (int64_t i = 0; i < a_.hidden; ++i) mean[i] += row_[static_cast<size_t>(i)];
      }
      for (int64_t i = 0; i < a_.hidden; ++i) mean[i] /= static_cast<float>(to - from);
    }
  }

 private:
  void normalise(const NormWeights& w, const float* x, int64_t rows, void* y, Dtype type, bool accumulate) {
    kernels_.norm({x, rows, a_.hidden, a_.hidden, w.weight.data(), or_null(w.bias), a_.norm_eps,
                   a_.norm == NormKind::layer, y, type, a_.hidden, accumulate});
  }

  const Architecture& a_;
  const Matmuls& matmuls_;
  const CpuKernels& kernels_;
  MatmulRunner runner_;
  std::array<Growing, static_cast<size_t>(Slot::count)> slots_;
  Growing attention_scratch_;
  std::vector<RopeTable> ropes_;
  std::vector<float> row_;
  std::vector<CrossEntropyState> states_;
};

class CpuDevice : public Device {
 public:
  CpuDevice(const Architecture& architecture, Dtype dtype) : architecture_(architecture), matmuls_(dtype, kTileRows) {}

  Dtype dtype() const override { return matmuls_.dtype(); }
  std::string implementation() const override {
    return "oneDNN " + matmul_library_version() + " " + matmuls_.implementation();
  }
  int64_t tile_rows() const override { return kTileRows; }
  int64_t padded_rows(int64_t rows) const override { return matmuls_.padded_rows(rows); }
  int64_t head_columns() const override { return kHeadColumns; }

  std::unique_ptr<DeviceLinear> pack(const MatrixView& weight, int64_t first_row, int64_t rows,
                                     const std::vector<float>& bias, bool accumulate) override {
    const auto read = [&](int64_t first, int64_t count, float* out) {
      weight.read_rows(first_row + first, count, out);
    };
    return std::make_unique<CpuLinear>(
        PackedLinear(matmuls_, rows, weight.cols(), read, bias, accumulate, packing_runner_));
  }

  std::unique_ptr<Lane> lane() override { return std::make_unique<CpuLane>(architecture_, matmuls_); }

 private:
  const Architecture& architecture_;
  Matmuls matmuls_;
  MatmulRunner packing_runner_;
};

}  // namespace

Dtype best_cpu_dtype() { return cpu_kernels().bf16 ? Dtype::bf16 : Dtype::f32; }

std::unique_ptr<Device> make_cpu_device(const Architecture& architecture, Dtype dtype) {
  if (dtype == Dtype::bf16 && !cpu_kernels().bf16)
    throw Error("unsupported_dtype", std::string("bf16 needs a CPU with AVX512_BF16, and this engine runs on ") +
                                         cpu_kernels().isa + "; use --dtype f32 or auto");
  return std::make_unique<CpuDevice>(architecture, dtype);
}

}  // namespace evosift
