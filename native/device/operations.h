// What the decoder graph asks of a device. A device holds packed weights for all threads; a lane is one thread's (or
// stream's) buffers and the operations on them. Pointers are to the lane's memory; rows are contiguous unless said.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "../base/dtype.h"
#include "../model/architecture.h"
#include "../model/weights.h"

namespace evosift {

// Weights, repacked into the layout that the device wants.
class DeviceWeights {
 public:
  virtual ~DeviceWeights() = default;
  virtual size_t bytes() const = 0;
};
class DeviceLinear : public DeviceWeights {};  // a linear layer
class DeviceNorm : public DeviceWeights {};    // a norm's weight and bias; may be absent
class DeviceTable : public DeviceWeights {};   // a matrix that rows are taken from

// The buffers of a lane, by what they hold.
enum class Slot { residual, qkv, attended, normed, wide, activated, delta, gathered, tile, states, pooled, count };

// Sequences end to end.
struct Slab {
  const int32_t* tokens;     // [rows]
  const int32_t* positions;  // [rows], each from its sequence's first token
  const int64_t* starts;     // [sequences + 1]
  int64_t rows, sequences;
};

// A target is a position whose token is predicted from the position before it; or, of a reward model, the position after
// the token that a sequence's reward is read at.
struct SlabTargets {
  const int64_t* positions;  // [count], row numbers in the slab, never a sequence's first row; at most slab.rows
  const int32_t* tokens;     // [count], the tokens there
  int64_t count;
};

// Where losses go; top1 and entropy null where they are not wanted.
struct LossOutputs {
  float *nll, *top1, *entropy;
};

struct SlabOutputs {
  LossOutputs losses;        // [targets] each
  float* pooled;             // [sequences, hidden], or null
  float* rewards = nullptr;  // [targets], of a reward model; then losses has no nll
};

class Lane {
 public:
  virtual ~Lane() = default;

  // Takes a slab: the operations until end() are on it. The pointers stay valid until then.
  virtual void begin(const Slab& slab, const SlabTargets& targets, const SlabOutputs& outputs) = 0;
  // The outputs are complete when it returns.
  virtual void end() = 0;
  // Runs operations that, under one key, are the same for every slab but for what begin() takes: a device may record
  // them. False where they returned false.
  virtual bool repeat(int64_t key, const std::function<bool()>& operations) = 0;

  // Memory for `bytes`, kept until a larger demand for the same slot.
  virtual void* buffer(Slot slot, int64_t bytes) = 0;

  // x[rows, hidden] = scale * embedding[token] (+ position_table[position]), of the whole slab.
  virtual void embed(const DeviceTable& embedding, const DeviceTable* position_table, float scale, float* x) = 0;
  // y[rows, n] = norm(x) in the matmul's input type; an absent norm only rounds.
  virtual void norm(const DeviceNorm& weights, const float* x, int64_t rows, void* y) = 0;
  // x[rows, n] += norm(delta).
  virtual void add_norm(const DeviceNorm& weights, const float* delta, int64_t rows, float* x) = 0;
  // y[rows, out] = x W^T + b, or y += where the layer was packed to accumulate.
  virtual void linear(const DeviceLinear& layer, const void* x, int64_t rows, float* y) = 0;
  // q/k norms, rotary embedding and rounding of rows [first, first + rows) of the slab: wide -> qkv.
  virtual void rope(const Layer& layer, const DeviceNorm& q_norm, const DeviceNorm& k_norm, int64_t first, int64_t rows,
                    float* wide, void* qkv) = 0;
  // Every sequence's attention: qkv[rows, qkv_width] -> out[rows, q_width].
  virtual void attention(const Layer& layer, const void* qkv, void* out) = 0;
  // out[rows, intermediate] = act(x G^T) * (x U^T), or act(x U^T) where nothing gates; `layer` is what pack_gated made.
  virtual void gated_linear(const DeviceLinear& layer, const void* x, int64_t rows, void* out) = 0;
  // out[i] = the row of x before target first + i.
  virtual void gather(const float* x, int64_t first, int64_t rows, float* out) = 0;
  // Losses of targets [first, first + rows), whose normed hidden states are given; `head` is what pack_head made.
  virtual void head_loss(const DeviceLinear& head, const void* normed, int64_t first, int64_t rows) = 0;
  // Rewards of targets [first, first + rows): norm(x) . score, where x is what gather() gave and `score` has one row.
  virtual void reward(const DeviceNorm& norm, const DeviceTable& score, const float* x, int64_t first,
                      int64_t rows) = 0;
  // The mean over each sequence of norm(x), to the slab's outputs.
  virtual void pool(const DeviceNorm& norm, const float* x) = 0;
};

class Device {
 public:
  virtual ~Device() = default;
  virtual Dtype dtype() const = 0;
  // What the matmuls run on, for the manifest: e.g. "oneDNN 2.6.3 brg:avx512_core", "evosift amx_bf16x3".
  virtual std::string implementation() const = 0;
  // Rows that row-wise work is done in at a time, and targets that losses are computed for at a time. Every row buffer
  // has room for whole tiles.
  virtual int64_t tile_rows() const = 0;
  virtual int64_t head_rows() const = 0;
  // The rows to compute where `rows` of a tile are wanted: a device may want its matmuls to have one shape.
  virtual int64_t computed_rows(int64_t rows, int64_t tile) const = 0;
  // A matrix of the given form: y = x W^T + b, with `accumulate` y +=.
  virtual std::unique_ptr<DeviceLinear> pack(const LinearWeights& weights, bool accumulate) = 0;
  // The feed-forward's input matrices, for Lane::gated_linear.
  virtual std::unique_ptr<DeviceLinear> pack_gated(const LinearWeights& weights) = 0;
  // The output matrix, for Lane::head_loss. `tied`: the table of the same matrix, which stays; else null.
  virtual std::unique_ptr<DeviceLinear> pack_head(const MatrixView& weights, const DeviceTable* tied) = 0;
  virtual std::unique_ptr<DeviceNorm> pack_norm(const NormWeights& weights) = 0;
  // The view's store outlives the device.
  virtual std::unique_ptr<DeviceTable> pack_table(const MatrixView& weights) = 0;
  virtual std::unique_ptr<Lane> lane() = 0;
  // Seconds that the device had work in, by its own clock; 0 where it is the machine itself.
  virtual double busy_seconds() const { return 0; }
};

// What makes a device for an architecture, which outlives it.
using DeviceFactory = std::function<std::unique_ptr<Device>(const Architecture&)>;

}  // namespace evosift
