#include "decoder.h"

#include <algorithm>

#include "../kernels/cpu_device.h"
#include "error.h"

namespace evosift {

Decoder::Decoder(Architecture architecture, ModelWeights weights, Dtype dtype, const Cancellation& cancelled)
    : architecture_(std::make_unique<const Architecture>(std::move(architecture))),
      weights_(std::move(weights)),
      device_(make_cpu_device(*architecture_, dtype)) {
  const auto counted = [&](std::unique_ptr<DeviceLinear> linear) {
    if (cancelled) throw Error("closed", "the engine was closed while it was loading");
    weight_bytes_ += linear->bytes();
    return linear;
  };
  // Without a norm behind them, the block's two outputs are added to the residual stream by the matmul itself.
  const bool add = architecture_->norm_placement == NormPlacement::before;
  for (LayerWeights& l : weights_.layers) {
    layers_.push_back({counted(device_->pack(l.qkv, false)), counted(device_->pack(l.out, add)),
                       counted(device_->pack_gated(l.gate_up)), counted(device_->pack(l.down, add))});
    l.qkv = l.out = l.gate_up = l.down = {};
  }
  head_ = counted(device_->pack_head(weights_.head));
  weights_.head = {};
  if (weights_.store) weights_.store->drop_pages();
}

std::vector<MatmulUse> Decoder::matmuls() const {
  const Architecture& a = *architecture_;
  const auto count = static_cast<int64_t>(a.layers.size());
  return {{"qkv", a.qkv_width(), a.hidden, count, false},
          {"out", a.hidden, a.q_width(), count, false},
          {a.gated ? "gate_up" : "up", a.intermediate * (a.gated ? 2 : 1), a.hidden, count, false},
          {"down", a.hidden, a.intermediate, count, false},
          {"head", a.vocab, a.hidden, 1, true}};
}

double Decoder::flops(bool per_target) const {
  double sum = 0;
  for (const MatmulUse& m : matmuls())
    if (m.per_target == per_target) sum += 2.0 * static_cast<double>(m.out * m.in * m.count);
  return sum;
}

// A slab's rows in the residual stream, qkv and attended; a tile's in the others.
struct Decoder::Buffers {
  float* residual;
  char* qkv;
  char* attended;
  void* normed;
  float* wide;
  void* activated;
  float* delta;
};

void Decoder::project(Lane& lane, size_t layer, const Slab& slab, int64_t first, int64_t rows, const Buffers& b) const {
  const LayerWeights& w = weights_.layers[layer];
  lane.norm(w.attention_norm, b.residual + first * architecture_->hidden, rows, b.normed);
  lane.linear(*layers_[layer].qkv, b.normed, rows, b.wide);
  lane.rope(architecture_->layers[layer], w, slab, first, rows, b.wide, b.qkv);
}

void Decoder::finish(Lane& lane, size_t layer, int64_t first, int64_t rows, const Buffers& b) const {
  const Architecture& a = *architecture_;
  const LayerWeights& w = weights_.layers[layer];
  const PackedLayer& p = layers_[layer];
  float* x = b.residual + first * a.hidden;
  const void* attended = b.attended + first * a.q_width() * bytes_of(device_->dtype());
  const bool post_norm = a.norm_placement != NormPlacement::before;

  const auto add_to_residual = [&](const DeviceLinear& linear, const void* in, const NormWeights& norm) {
    if (!post_norm) return lane.linear(linear, in, rows, x);
    lane.linear(linear, in, rows, b.delta);
    lane.add_norm(norm, b.delta, rows, x);
  };

  // In parallel, the feed-forward reads the residual stream as it was before attention was added.
  if (a.parallel_residual) lane.norm(w.mlp_norm, x, rows, b.normed);
  add_to_residual(*p.out, attended, w.attention_post_norm);
  if (!a.parallel_residual) lane.norm(w.mlp_norm, x, rows, b.normed);
  lane.gated_linear(*p.gate_up, b.normed, rows, b.activated);
  add_to_residual(*p.down, b.activated, w.mlp_post_norm);
}

bool Decoder::score(Lane& lane, const SlabTargets& targets, const LossOutputs& losses, const Buffers& b,
                    const Cancellation& cancelled) const {
  const int64_t hidden = architecture_->hidden, tile = device_->tile_rows();
  auto* gathered = static_cast<float*>(lane.buffer(Slot::gathered, tile * hidden * 4));
  std::vector<int64_t> before(static_cast<size_t>(tile));
  const auto at = [](float* p, int64_t i) { return p ? p + i : nullptr; };
  for (int64_t first = 0; first < targets.count; first += tile) {
    if (cancelled) return false;
    const int64_t rows = std::min(tile, targets.count - first);
    for (int64_t r = 0; r < rows; ++r) before[static_cast<size_t>(r)] = targets.positions[first + r] - 1;
    lane.gather(b.residual, before.data(), rows, gathered);
    lane.norm(weights_.final_norm, gathered, rows, b.normed);
    lane.head_loss(*head_, b.normed, targets.tokens + first, rows,
                   {losses.nll + first, at(losses.top1, first), at(losses.entropy, first)});
  }
  return true;
}

bool Decoder::run(Lane& lane, const Slab& slab, const SlabTargets& targets, const SlabOutputs& outputs,
                  const Cancellation& cancelled) const {
  const Architecture& a = *architecture_;
  const int64_t tile = device_->tile_rows(), size = bytes_of(device_->dtype());
  const int64_t rows = round_up(slab.rows, tile);
  const Buffers b{static_cast<float*>(lane.buffer(Slot::residual, rows * a.hidden * 4)),
                  static_cast<char*>(lane.buffer(Slot::qkv, rows * a.qkv_width() * size)),
                  static_cast<char*>(lane.buffer(Slot::attended, rows * a.q_width() * size)),
                  lane.buffer(Slot::normed, tile * a.hidden * size),
                  static_cast<float*>(lane.buffer(Slot::wide, tile * a.qkv_width() * 4)),
                  lane.buffer(Slot::activated, tile * a.intermediate * size),
                  static_cast<float*>(lane.buffer(Slot::delta, tile * a.hidden * 4))};

  lane.embed(weights_.embedding, weights_.positions, a.embedding_scale, slab, b.residual);
  for (size_t layer = 0; layer <= layers_.size(); ++layer) {
    if (layer > 0) lane.attention(a.layers[layer - 1], slab, b.qkv, b.attended);
    for (int64_t first = 0; first < slab.rows; first += tile) {
      if (cancelled) return false;
      const int64_t count = std::min(tile, slab.rows - first);
      if (layer > 0) finish(lane, layer - 1, first, count, b);
      if (layer < layers_.size()) project(lane, layer, slab, first, count, b);
    }
  }
  if (!score(lane, targets, outputs.losses, b, cancelled)) return false;
  if (outputs.pooled) lane.pool(weights_.final_norm, slab, b.residual, outputs.pooled);
  return true;
}

}  // namespace evosift
