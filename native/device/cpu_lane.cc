#include "cpu_lane.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "../base/aligned_memory.h"
#include "../base/bf16.h"
#include "../kernels/cpu_kernels.h"
#include "cpu_weights.h"
#include "rope_table.h"

namespace evosift {

namespace {

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

  void reward(const DeviceNorm& norm, const DeviceTable& score, const float* x, int64_t first, int64_t rows) override {
    row_.resize(static_cast<size_t>(a_.hidden));
    score_.resize(static_cast<size_t>(a_.hidden));
    view(score).read_rows(0, 1, score_.data());
    for (int64_t r = 0; r < rows; ++r) {
      normalise(floats(norm), x + r * a_.hidden, 1, row_.data(), Dtype::f32, false);
      double sum = 0;
      for (size_t i = 0; i < row_.size(); ++i) sum += static_cast<double>(row_[i]) * static_cast<double>(score_[i]);
      outputs_.rewards[first + r] = static_cast<float>(sum);
    }
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
  std::vector<float> row_, score_;
  std::vector<CrossEntropyState> states_;
  Slab slab_{};
  SlabTargets targets_{};
  SlabOutputs outputs_{};
};

}  // namespace

std::unique_ptr<Lane> make_cpu_lane(const Architecture& architecture, const Matmuls& matmuls) {
  return std::make_unique<CpuLane>(architecture, matmuls);
}

}  // namespace evosift
