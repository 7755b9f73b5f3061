#include "cpu_device.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "../base/aligned_memory.h"
#include "../base/bf16.h"
#include "../base/error.h"
#include "../base/instruction_set.h"
#include "../kernels/cpu_kernels.h"
#include "../kernels/matmul.h"

namespace evosift {

namespace {

// Rows that pass by a chunk of weights while it is in the L2 cache.
constexpr int64_t kTileRows = 256;
// A chunk's columns, as oneDNN's kernels like them.
constexpr int64_t kColumns = 64;

class CpuLinear : public DeviceLinear {
 public:
  explicit CpuLinear(PackedLinear packed) : packed_(std::move(packed)) {}
  const PackedLinear& packed() const { return packed_; }
  size_t bytes() const override { return packed_.bytes(); }

 private:
  PackedLinear packed_;
};

const PackedLinear& packed(const DeviceLinear& layer) { return static_cast<const CpuLinear&>(layer).packed(); }

class CpuNorm : public DeviceNorm {
 public:
  explicit CpuNorm(const NormWeights& weights) : weights_(weights) {}
  size_t bytes() const override { return (weights_.weight.size() + weights_.bias.size()) * sizeof(float); }
  const NormWeights& weights() const { return weights_; }

 private:
  NormWeights weights_;
};

const NormWeights& floats(const DeviceNorm& norm) { return static_cast<const CpuNorm&>(norm).weights(); }

// Read where it is stored.
class CpuTable : public DeviceTable {
 public:
  explicit CpuTable(const MatrixView& view) : view_(view) {}
  size_t bytes() const override { return 0; }
  const MatrixView& view() const { return view_; }

 private:
  MatrixView view_;
};

const MatrixView& view(const DeviceTable& table) { return static_cast<const CpuTable&>(table).view(); }

// Memory that only grows. Zeroed, so that padding rows hold numbers.
class Growing {
 public:
  void* at_least(int64_t bytes) {
    if (const auto size = static_cast<size_t>(bytes); size > memory_.size()) {
      memory_ = AlignedMemory();
      memory_ = AlignedMemory(size);
      std::memset(memory_.data(), 0, size);
    }
    return memory_.data();
  }

 private:
  AlignedMemory memory_;
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

  void begin(const Slab& slab, const SlabTargets& targets, const SlabOutputs& outputs) override {
    slab_ = slab;
    targets_ = targets;
    outputs_ = outputs;
    int64_t longest = 0;
    for (int64_t s = 0; s < slab.sequences; ++s) longest = std::max(longest, slab.starts[s + 1] - slab.starts[s]);
    for (size_t i = 0; i < ropes_.size(); ++i) ropes_[i].cover(a_.ropes[i], a_.rotary_dim, longest);
  }
  void end() override {}
  bool repeat(int64_t, const std::function<bool()>& operations) override { return operations(); }

  void embed(const DeviceTable& embedding, const DeviceTable* position_table, float scale, float* x) override {
    row_.resize(static_cast<size_t>(a_.hidden));
    for (int64_t r = 0; r < slab_.rows; ++r) {
      float* to = x + r * a_.hidden;
      view(embedding).read_rows(slab_.tokens[r], 1, to);
      if (scale != 1.0f)
        for (int64_t i = 0; i < a_.hidden; ++i) to[i] *= scale;
      if (!position_table) continue;
      view(*position_table).read_rows(slab_.positions[r], 1, row_.data());
      for (int64_t i = 0; i < a_.hidden; ++i) to[i] += row_[static_cast<size_t>(i)];
    }
  }

  void norm(const DeviceNorm& norm, const float* x, int64_t rows, void* y) override {
    if (!floats(norm).weight.empty()) return normalise(floats(norm), x, rows, y, matmuls_.dtype(), false);
    if (matmuls_.dtype() == Dtype::f32) {
      std::memcpy(y, x, static_cast<size_t>(rows * a_.hidden) * sizeof(float));
    } else {
      for (int64_t i = 0; i < rows * a_.hidden; ++i) static_cast<bf16*>(y)[i] = to_bf16(x[i]);
    }
  }

  void add_norm(const DeviceNorm& norm, const float* delta, int64_t rows, float* x) override {
    normalise(floats(norm), delta, rows, x, Dtype::f32, true);
  }

  void linear(const DeviceLinear& layer, const void* x, int64_t rows, float* y) override {
    const PackedLinear& matrix = packed(layer);
    const int64_t in = matrix.in_features();
    for_tiles(rows, [&](int64_t first, int64_t count) {
      input_.set(matmuls_, row(x, first, in), count, in);
      matrix.run(runner_, 0, input_.tile(0), count, y + first * matrix.out_features());
    });
  }

  void rope(const Layer& layer, const DeviceNorm& q_norm, const DeviceNorm& k_norm, int64_t first, int64_t rows,
            float* wide, void* qkv) override {
    RopeArgs args{};
    args.qkv = wide;
    args.rows = rows;
    args.heads = a_.heads;
    args.kv_heads = a_.kv_heads;
    args.head_dim = a_.head_dim;
    args.q_norm = or_null(floats(q_norm).weight);
    args.k_norm = or_null(floats(k_norm).weight);
    args.norm_full_width = a_.qk_norm == QkNorm::full_width;
    args.norm_eps = a_.norm_eps;
    if (layer.rope >= 0 && a_.positions == PositionKind::rope) {
      args.cos = ropes_[static_cast<size_t>(layer.rope)].cos();
      args.sin = ropes_[static_cast<size_t>(layer.rope)].sin();
    }
    args.rotary_dim = a_.rotary_dim;
    args.positions = slab_.positions + first;
    args.out = static_cast<char*>(qkv) + first * a_.qkv_width() * bytes_of(matmuls_.dtype());
    args.out_type = matmuls_.dtype();
    kernels_.rope(args);
  }

  void attention(const Layer& layer, const void* qkv, void* out) override {
    const Dtype type = matmuls_.dtype();
    for (int64_t s = 0; s < slab_.sequences; ++s) {
      const int64_t first = slab_.starts[s], length = slab_.starts[s + 1] - first;
      void* scratch = attention_scratch_.at_least(attention_scratch_bytes(length, a_.head_dim, a_.heads / a_.kv_heads));
      kernels_.attention({static_cast<const char*>(qkv) + first * a_.qkv_width() * bytes_of(type), length, a_.heads,
                          a_.kv_heads, a_.head_dim, layer.attention_scale, a_.attention_softcap, layer.window,
                          static_cast<char*>(out) + first * a_.q_width() * bytes_of(type), type, scratch});
    }
  }

  void gated_linear(const DeviceLinear& layer, const void* x, int64_t rows, void* out) override {
    const PackedLinear& matrix = packed(layer);
    input_.set(matmuls_, x, rows, a_.hidden);
    float* wide = tile_of(matrix);
    for (size_t c = 0; c < matrix.chunks().size(); ++c) {
      const int64_t gates = a_.gated ? 2 : 1;
      const int64_t first_unit = matrix.chunks()[c].first / gates, units = matrix.chunks()[c].columns / gates;
      for_tiles(rows, [&](int64_t first, int64_t count) {
        matrix.run(runner_, c, input_.tile(first), count, wide);
        void* to = static_cast<char*>(row(out, first, a_.intermediate)) + first_unit * bytes_of(matmuls_.dtype());
        kernels_.activation({wide, count, units, a_.activation, a_.gated, to, a_.intermediate, matmuls_.dtype()});
      });
    }
  }

  void gather(const float* x, int64_t first, int64_t rows, float* out) override {
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t before = targets_.positions[first + r] - 1;
      std::memcpy(out + r * a_.hidden, x + before * a_.hidden, static_cast<size_t>(a_.hidden) * sizeof(float));
    }
  }

  void head_loss(const DeviceLinear& head, const void* normed, int64_t first_target, int64_t rows) override {
    const int32_t* targets = targets_.tokens + first_target;
    const LossOutputs& out = outputs_.losses;
    const auto at = [&](float* p) { return p ? p + first_target : nullptr; };
    const PackedLinear& matrix = packed(head);
    input_.set(matmuls_, normed, rows, a_.hidden);
    float* logits = tile_of(matrix);
    states_.resize(static_cast<size_t>(rows));
    cross_entropy_begin(states_.data(), rows);
    for (size_t c = 0; c < matrix.chunks().size(); ++c) {
      const auto [column, columns] = matrix.chunks()[c];
      for_tiles(rows, [&, column = column, columns = columns](int64_t first, int64_t count) {
        matrix.run(runner_, c, input_.tile(first), count, logits);
        kernels_.cross_entropy({logits, count, columns, columns, column, targets + first, a_.final_softcap,
                                out.entropy != nullptr, states_.data() + first});
      });
    }
    cross_entropy_end(states_.data(), rows, {at(out.nll), at(out.top1), at(out.entropy)});
  }

  void pool(const DeviceNorm& norm, const float* x) override {
    row_.resize(static_cast<size_t>(a_.hidden));
    for (int64_t s = 0; s < slab_.sequences; ++s) {
      float* mean = outputs_.pooled + s * a_.hidden;
      const int64_t from = slab_.starts[s], to = slab_.starts[s + 1];
      std::memset(mean, 0, static_cast<size_t>(a_.hidden) * sizeof(float));
      for (int64_t r = from; r < to; ++r) {
        normalise(floats(norm), x + r * a_.hidden, 1, row_.data(), Dtype::f32, false);
        for (int64_t i = 0; i < a_.hidden; ++i) mean[i] += row_[static_cast<size_t>(i)];
      }
      for (int64_t i = 0; i < a_.hidden; ++i) mean[i] /= static_cast<float>(to - from);
    }
  }

 private:
  // Calls f(first row, rows) for each of the matmul's tiles.
  template <typename F>
  void for_tiles(int64_t rows, const F& f) const {
    const int64_t most = matmuls_.tile_rows();
    for (int64_t first = 0; first < rows; first += most) f(first, std::min(most, rows - first));
  }

  // Row `first` of x[rows, width], which holds matmul inputs.
  const void* row(const void* x, int64_t first, int64_t width) const {
    return static_cast<const char*>(x) + first * width * bytes_of(matmuls_.dtype());
  }
  void* row(void* x, int64_t first, int64_t width) const {
    return static_cast<char*>(x) + first * width * bytes_of(matmuls_.dtype());
  }

  // Room for what a tile of rows has of the matrix's widest chunk.
  float* tile_of(const PackedLinear& matrix) {
    return static_cast<float*>(buffer(Slot::tile, matmuls_.tile_rows() * matrix.chunks().front().columns * 4));
  }

  void normalise(const NormWeights& w, const float* x, int64_t rows, void* y, Dtype type, bool accumulate) {
    kernels_.norm({x, rows, a_.hidden, a_.hidden, w.weight.data(), or_null(w.bias), a_.norm_eps,
                   a_.norm == NormKind::layer, y, type, a_.hidden, accumulate});
  }

  const Architecture& a_;
  const Matmuls& matmuls_;
  const CpuKernels& kernels_;
  MatmulRunner runner_;
  MatmulInput input_;
  std::array<Growing, static_cast<size_t>(Slot::count)> slots_;
  Growing attention_scratch_;
  std::vector<RopeTable> ropes_;
  std::vector<float> row_;
  std::vector<CrossEntropyState> states_;
  Slab slab_{};
  SlabTargets targets_{};
  SlabOutputs outputs_{};
};

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

  std::unique_ptr<Lane> lane() override { return std::make_unique<CpuLane>(a_, *matmuls_); }

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
                                         name_of(instruction_set()) + "; use --dtype f32 or auto");
  return std::make_unique<CpuDevice>(architecture, dtype);
}

}  // namespace evosift
