#include "cuda_lane.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "../../kernels/activation_cuda.h"
#include "../../kernels/attention_cuda.h"
#include "../../kernels/cross_entropy_cuda.h"
#include "../../kernels/embed_cuda.h"
#include "../../kernels/gather_cuda.h"
#include "../../kernels/norm_cuda.h"
#include "../../kernels/pool_cuda.h"
#include "../../kernels/reward_cuda.h"
#include "../../kernels/rope_cuda.h"

namespace evosift {
namespace cuda {

namespace {

const CudaLinear& of(const DeviceLinear& linear) { return static_cast<const CudaLinear&>(linear); }
const CudaNorm& of(const DeviceNorm& norm) { return static_cast<const CudaNorm&>(norm); }
const CudaTable& of(const DeviceTable& table) { return static_cast<const CudaTable&>(table); }

}  // namespace

CudaLane::CudaLane(const LaneSettings& settings)
    : s_(settings), a_(settings.architecture), workspace_(settings.gemm.workspace_bytes()), claimed_(sizeof(int32_t)) {}

void CudaLane::begin(const Slab& slab, const SlabTargets& targets, const SlabOutputs& outputs) {
  use_device(s_.ordinal);
  // What a cancelled slab left behind may still be running.
  stream_.wait();
  timer_.start(stream_);
  slab_ = slab;
  targets_ = targets;
  outputs_ = outputs;
  const int64_t rows = slab_rows();
  if (inputs_.reserve(rows)) {
    repeated_.clear();
    loss_rows_ = rows;
    losses_ = DeviceMemory(static_cast<size_t>(3 * rows) * sizeof(float));
    losses_host_ = PinnedMemory(losses_.bytes());
  }
  inputs_.send(slab, targets, attention_queries(s_.dtype), stream_);
}

void CudaLane::end() {
  const LossOutputs& out = outputs_.losses;
  float* const wanted[] = {outputs_.rewards ? outputs_.rewards : out.nll, out.top1, out.entropy};
  auto* host = static_cast<float*>(losses_host_.data());
  const auto bytes = static_cast<size_t>(targets_.count) * sizeof(float);
  for (int64_t kind = 0; kind < 3; ++kind)
    if (wanted[kind] && bytes > 0) copy_to_host(host + kind * loss_rows_, losses(kind), bytes, stream_);
  timer_.stop(stream_);
  stream_.wait();
  const double now = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  s_.busy.add(now - timer_.seconds(), now);
  for (int64_t kind = 0; kind < 3; ++kind)
    if (wanted[kind] && bytes > 0) std::memcpy(wanted[kind], host + kind * loss_rows_, bytes);
  if (outputs_.pooled)
    std::memcpy(outputs_.pooled, means_host_.data(), static_cast<size_t>(slab_.sequences * a_.hidden) * sizeof(float));
}

bool CudaLane::repeat(int64_t key, const std::function<bool()>& operations) {
  // A sequence longer than a step is rare: it is queued operation by operation.
  if (slab_.rows > s_.step_rows) return operations();
  Repeated& repeated = repeated_[key];
  if (repeated.recording) {
    repeated.recording->queue(stream_);
    return true;
  }
  // The first time, memory is asked for and matmuls choose their algorithms, which cannot be recorded.
  const bool ran = repeated.ran;
  if (ran) repeated.recording = record(stream_, operations);
  if (repeated.recording) {
    repeated.recording->queue(stream_);
    return true;
  }
  if (!operations()) return false;
  repeated_[key].ran = true;
  return true;
}

void* CudaLane::buffer(Slot slot, int64_t bytes) {
  DeviceMemory& memory = slots_[static_cast<size_t>(slot)];
  const auto wanted = static_cast<size_t>(bytes);
  if (wanted > memory.bytes()) {
    stream_.wait();
    repeated_.clear();
    memory = {};
    memory = DeviceMemory(wanted);
  }
  return memory.data();
}

void CudaLane::embed(const DeviceTable& embedding, const DeviceTable* position_table, float scale, float* x) {
  EmbedArgs args{};
  args.table = of(embedding).rows.data();
  args.type = of(embedding).type;
  if (position_table) {
    args.positions = of(*position_table).rows.data();
    args.positions_type = of(*position_table).type;
  }
  args.scale = scale;
  args.tokens = inputs_.tokens();
  args.token_positions = inputs_.positions();
  args.rows = slab_rows();
  args.hidden = a_.hidden;
  args.x = x;
  cuda::embed(args, stream_.handle());
}

void CudaLane::normalise(const DeviceNorm& weights, const float* x, int64_t rows, void* y, Dtype type,
                         bool accumulate) {
  cuda::norm({x, rows, a_.hidden, a_.hidden, of(weights).weight_data(), of(weights).bias_data(), a_.norm_eps,
              a_.norm == NormKind::layer && of(weights).weight_data(), y, type, a_.hidden, accumulate},
             stream_.handle());
}

void CudaLane::norm(const DeviceNorm& weights, const float* x, int64_t rows, void* y) {
  normalise(weights, x, rows, y, s_.dtype, false);
}

void CudaLane::add_norm(const DeviceNorm& weights, const float* delta, int64_t rows, float* x) {
  normalise(weights, delta, rows, x, Dtype::f32, true);
}

void CudaLane::multiply(const GemmArgs& args) { s_.gemm.run(args, workspace_.data(), stream_.handle()); }

void CudaLane::linear(const DeviceLinear& layer, const void* x, int64_t rows, float* y) {
  const CudaLinear& l = of(layer);
  multiply({x, l.weight, l.bias_data(), y, rows, l.out, l.in, l.accumulate});
}

void CudaLane::rope(const Layer& layer, const DeviceNorm& q_norm, const DeviceNorm& k_norm, int64_t first, int64_t rows,
                    float* wide, void* qkv) {
  RopeArgs args{};
  args.wide = wide;
  args.rows = rows;
  args.heads = a_.heads;
  args.kv_heads = a_.kv_heads;
  args.head_dim = a_.head_dim;
  args.q_norm = of(q_norm).weight_data();
  args.k_norm = of(k_norm).weight_data();
  args.norm_full_width = a_.qk_norm == QkNorm::full_width;
  args.norm_eps = a_.norm_eps;
  if (layer.rope >= 0 && a_.positions == PositionKind::rope)
    args.inverse_frequencies =
        static_cast<const float*>(s_.inverse_frequencies[static_cast<size_t>(layer.rope)].data());
  args.rotary_dim = a_.rotary_dim;
  args.positions = inputs_.positions() + first;
  args.out = static_cast<char*>(qkv) + first * a_.qkv_width() * bytes_of(s_.dtype);
  args.out_type = s_.dtype;
  cuda::rope(args, stream_.handle());
}

void CudaLane::attention(const Layer& layer, const void* qkv, void* out) {
  AttentionArgs args{};
  args.qkv = qkv;
  args.heads = a_.heads;
  args.kv_heads = a_.kv_heads;
  args.head_dim = a_.head_dim;
  args.scale = layer.attention_scale;
  args.softcap = a_.attention_softcap;
  args.window = layer.window;
  args.out = out;
  args.type = s_.dtype;
  args.tiles = inputs_.tiles();
  args.tile_count = inputs_.tile_count();
  args.claimed = static_cast<int32_t*>(claimed_.data());
  args.blocks = s_.attention_blocks;
  fill_zero(args.claimed, sizeof(int32_t), stream_);
  cuda::attention(args, stream_.handle());
}

void CudaLane::gated_linear(const DeviceLinear& layer, const void* x, int64_t rows, void* out) {
  const CudaLinear& l = of(layer);
  const bool is_gelu = !a_.gated && a_.activation == Activation::gelu_tanh && s_.dtype == Dtype::bf16 && l.bias_data();
  if (is_gelu && s_.gemm.run_gelu({x, l.weight, l.bias_data(), nullptr, rows, l.out, l.in, false}, out,
                                  workspace_.data(), stream_.handle()))
    return;
  auto* wide = static_cast<float*>(buffer(Slot::tile, s_.step_rows * l.out * int64_t{sizeof(float)}));
  multiply({x, l.weight, l.bias_data(), wide, rows, l.out, l.in, false});
  cuda::activation({wide, rows, a_.intermediate, a_.activation, a_.gated, out, a_.intermediate, s_.dtype},
                   stream_.handle());
}

void CudaLane::gather(const float* x, int64_t first, int64_t rows, float* out) {
  cuda::gather({x, inputs_.target_positions() + first, rows, a_.hidden, out}, stream_.handle());
}

void CudaLane::head_loss(const DeviceLinear& head, const void* normed, int64_t first, int64_t rows) {
  const CudaLinear& l = of(head);
  const int64_t columns = std::min(s_.head_columns, l.out);
  auto* logits = static_cast<float*>(buffer(Slot::tile, s_.head_rows * columns * int64_t{sizeof(float)}));
  auto* states = static_cast<CrossEntropyState*>(
      buffer(Slot::states, s_.head_rows * static_cast<int64_t>(sizeof(CrossEntropyState))));
  for (int64_t column = 0; column < l.out; column += columns) {
    const int64_t count = std::min(columns, l.out - column);
    multiply({normed, l.rows_from(column, s_.dtype), nullptr, logits, rows, count, l.in, false});
    cuda::cross_entropy(
        {logits, rows, std::min(count, a_.vocab - column), count, column, a_.vocab, inputs_.target_tokens() + first,
         a_.final_softcap, states, losses(0) + first, losses(1) + first, losses(2) + first},
        stream_.handle());
  }
}

void CudaLane::reward(const DeviceNorm& norm, const DeviceTable& score, const float* x, int64_t first, int64_t rows) {
  auto* normed = static_cast<float*>(buffer(Slot::delta, rows * a_.hidden * int64_t{sizeof(float)}));
  normalise(norm, x, rows, normed, Dtype::f32, false);
  cuda::reward({normed, of(score).rows.data(), of(score).type, rows, a_.hidden, losses(0) + first}, stream_.handle());
}

void CudaLane::pool(const DeviceNorm& norm, const float* x) {
  const int64_t row_bytes = a_.hidden * int64_t{sizeof(float)};
  auto* normed = static_cast<float*>(buffer(Slot::pooled, slab_rows() * row_bytes));
  const auto bytes = static_cast<size_t>(slab_.sequences * row_bytes);
  // Not a slot: it grows with the number of sequences, and nothing that is recorded knows it.
  if (means_.bytes() < bytes) {
    means_ = DeviceMemory(bytes);
    means_host_ = PinnedMemory(bytes);
  }
  normalise(norm, x, slab_.rows, normed, Dtype::f32, false);
  cuda::pool({normed, inputs_.starts(), slab_.sequences, a_.hidden, static_cast<float*>(means_.data())},
             stream_.handle());
  copy_to_host(means_host_.data(), means_.data(), bytes, stream_);
}

}  // namespace cuda
}  // namespace evosift
