#include "decoder.h"

#include <algorithm>

#include "../base/error.h"

namespace evosift {

Decoder::Decoder(Architecture architecture, ModelWeights weights, const DeviceFactory& make_device,
                 const Cancellation& cancelled)
    : architecture_(std::make_unique<const Architecture>(std::move(architecture))),
      store_(weights.store),
      parameters_(weights.parameters),
      device_(make_device(*architecture_)) {
  const auto counted = [&](auto packed) {
    if (cancelled) throw Error("closed", "the engine was closed while it was loading");
    weight_bytes_ += packed->bytes();
    return packed;
  };
  embedding_ = counted(device_->pack_table(weights.embedding));
  if (!weights.positions.empty()) positions_ = counted(device_->pack_table(weights.positions));
  // Without a norm behind them, the block's two outputs are added to the residual stream by the matmul itself.
  const bool add = architecture_->norm_placement == NormPlacement::before;
  for (LayerWeights& l : weights.layers) {
    layers_.push_back({counted(device_->pack(l.qkv, false)), counted(device_->pack(l.out, add)),
                       counted(device_->pack_gated(l.gate_up)), counted(device_->pack(l.down, add)),
                       device_->pack_norm(l.attention_norm), device_->pack_norm(l.attention_post_norm),
                       device_->pack_norm(l.mlp_norm), device_->pack_norm(l.mlp_post_norm),
                       device_->pack_norm(l.q_norm), device_->pack_norm(l.k_norm)});
    l = {};
  }
  final_norm_ = device_->pack_norm(weights.final_norm);
  if (architecture_->head == HeadKind::reward)
    reward_ = counted(device_->pack_table(weights.head));
  else
    head_ = counted(device_->pack_head(weights.head, architecture_->tied_head ? embedding_.get() : nullptr));
  if (store_) store_->drop_pages();
}

std::vector<MatmulUse> Decoder::matmuls() const {
  const Architecture& a = *architecture_;
  const auto count = static_cast<int64_t>(a.layers.size());
  std::vector<MatmulUse> uses = {
      {"qkv", a.qkv_width(), a.hidden, count, false},
      {"out", a.hidden, a.q_width(), count, false},
      {a.gated ? "gate_up" : "up", a.intermediate * (a.gated ? 2 : 1), a.hidden, count, false},
      {"down", a.hidden, a.intermediate, count, false}};
  if (a.head == HeadKind::language_model) uses.push_back({"head", a.vocab, a.hidden, 1, true});
  return uses;
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

void Decoder::project(Lane& lane, size_t layer, int64_t first, int64_t rows, const Buffers& b) const {
  const PackedLayer& p = layers_[layer];
  lane.norm(*p.attention_norm, b.residual + first * architecture_->hidden, rows, b.normed);
  lane.linear(*p.qkv, b.normed, rows, b.wide);
  lane.rope(architecture_->layers[layer], *p.q_norm, *p.k_norm, first, rows, b.wide, b.qkv);
}

void Decoder::finish(Lane& lane, size_t layer, int64_t first, int64_t rows, const Buffers& b) const {
  const Architecture& a = *architecture_;
  const PackedLayer& p = layers_[layer];
  float* x = b.residual + first * a.hidden;
  const void* attended = b.attended + first * a.q_width() * bytes_of(device_->dtype());
  const bool post_norm = a.norm_placement != NormPlacement::before;

  const auto add_to_residual = [&](const DeviceLinear& linear, const void* in, const DeviceNorm& norm) {
    if (!post_norm) return lane.linear(linear, in, rows, x);
    lane.linear(linear, in, rows, b.delta);
    lane.add_norm(norm, b.delta, rows, x);
  };

  // In parallel, the feed-forward reads the residual stream as it was before attention was added.
  if (a.parallel_residual) lane.norm(*p.mlp_norm, x, rows, b.normed);
  add_to_residual(*p.out, attended, *p.attention_post_norm);
  if (!a.parallel_residual) lane.norm(*p.mlp_norm, x, rows, b.normed);
  lane.gated_linear(*p.gate_up, b.normed, rows, b.activated);
  add_to_residual(*p.down, b.activated, *p.mlp_post_norm);
}

bool Decoder::run_layers(Lane& lane, int64_t slab_rows, const Buffers& b, const Cancellation& cancelled) const {
  const Architecture& a = *architecture_;
  const int64_t tile = device_->tile_rows();
  lane.embed(*embedding_, positions_.get(), a.embedding_scale, b.residual);
  for (size_t layer = 0; layer <= layers_.size(); ++layer) {
    if (layer > 0) lane.attention(a.layers[layer - 1], b.qkv, b.attended);
    for (int64_t first = 0; first < slab_rows; first += tile) {
      if (cancelled) return false;
      const int64_t rows = device_->computed_rows(std::min(tile, slab_rows - first), tile);
      if (layer > 0) finish(lane, layer - 1, first, rows, b);
      if (layer < layers_.size()) project(lane, layer, first, rows, b);
    }
  }
  return true;
}

bool Decoder::score(Lane& lane, int64_t targets, const Buffers& b, const Cancellation& cancelled) const {
  const int64_t hidden = architecture_->hidden, tile = device_->head_rows();
  auto* gathered = static_cast<float*>(lane.buffer(Slot::gathered, tile * hidden * 4));
  for (int64_t first = 0; first < targets; first += tile) {
    if (cancelled) return false;
    const int64_t rows = device_->computed_rows(std::min(tile, targets - first), tile);
    lane.repeat(1 + first / tile, [&] {
      lane.gather(b.residual, first, rows, gathered);
      if (reward_) {
        lane.reward(*final_norm_, *reward_, gathered, first, rows);
      } else {
        lane.norm(*final_norm_, gathered, rows, b.normed);
        lane.head_loss(*head_, b.normed, first, rows);
      }
      return true;
    });
  }
  return true;
}

bool Decoder::run(Lane& lane, const Slab& slab, const SlabTargets& targets, const SlabOutputs& outputs,
                  const Cancellation& cancelled) const {
  const Architecture& a = *architecture_;
  const int64_t tile = device_->tile_rows(), size = bytes_of(device_->dtype());
  const int64_t rows = round_up(slab.rows, tile);
  lane.begin(slab, targets, outputs);
  const Buffers b{static_cast<float*>(lane.buffer(Slot::residual, rows * a.hidden * 4)),
                  static_cast<char*>(lane.buffer(Slot::qkv, rows * a.qkv_width() * size)),
                  static_cast<char*>(lane.buffer(Slot::attended, rows * a.q_width() * size)),
                  lane.buffer(Slot::normed, tile * a.hidden * size),
                  static_cast<float*>(lane.buffer(Slot::wide, tile * a.qkv_width() * 4)),
                  lane.buffer(Slot::activated, tile * a.intermediate * size),
                  static_cast<float*>(lane.buffer(Slot::delta, tile * a.hidden * 4))};
  if (!lane.repeat(0, [&] { return run_layers(lane, slab.rows, b, cancelled); })) return false;
  if (!score(lane, targets.count, b, cancelled)) return false;
  if (outputs.pooled) lane.pool(*final_norm_, b.residual);
  lane.end();
  return true;
}

}  // namespace evosift
