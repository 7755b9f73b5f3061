// What the decoder graph asks of a device. A device holds packed weights for all threads; a lane is one thread's (or
// stream's) buffers and the operations on them. Pointers are to the lane's memory; rows are contiguous unless said.
#pragma once

#include <cstdint>
#include <memory>

#include "../model/architecture.h"
#include "../model/weights.h"
#include "cpu_kernel.h"

namespace evosift {

// A linear layer's weights, repacked into the layout that the device wants.
class DeviceLinear {
 public:
  virtual ~DeviceLinear() = default;
  virtual size_t bytes() const = 0;
};

// The buffers of a lane, by what they hold.
enum class Slot { residual, qkv, attended, normed, wide, activated, delta, gathered, tile, count };

// Sequences end to end.
struct Slab {
  const int32_t* tokens;     // [rows]
  const int32_t* positions;  // [rows], each from its sequence's first token
  const int64_t* starts;     // [sequences + 1]
  int64_t rows, sequences;
};

// Where a tile's losses go; top1 and entropy null where they are not wanted.
struct LossOutputs {
  float *nll, *top1, *entropy;
};

class Lane {
 public:
  virtual ~Lane() = default;

  // Memory for `bytes`, kept until a larger demand for the same slot.
  virtual void* buffer(Slot slot, int64_t bytes) = 0;

  // x[rows, hidden] = scale * embedding[token] (+ position_table[position]).
  virtual void embed(const MatrixView& embedding, const MatrixView& position_table, float scale, const Slab& slab,
                     float* x) = 0;
  // y[rows, n] = norm(x) in the matmul's input type; an absent norm only rounds.
  virtual void norm(const NormWeights& weights, const float* x, int64_t rows, void* y) = 0;
  // x[rows, n] += norm(delta).
  virtual void add_norm(const NormWeights& weights, const float* delta, int64_t rows, float* x) = 0;
  // y[rows, out] = x W^T + b, or y += where the layer was packed to accumulate.
  virtual void linear(const DeviceLinear& layer, const void* x, int64_t rows, float* y) = 0;
  // q/k norms, rotary embedding and rounding of rows [first, first + rows) of the slab: wide -> qkv.
  virtual void rope(const Layer& layer, const LayerWeights& weights, const Slab& slab, int64_t first, int64_t rows,
                    float* wide, void* qkv) = 0;
  // Every sequence's attention: qkv[rows, qkv_width] -> out[rows, q_width].
  virtual void attention(const Layer& layer, const Slab& slab, const void* qkv, void* out) = 0;
  // out[rows, intermediate] = act(x G^T) * (x U^T), or act(x U^T) where nothing gates; `layer` is what pack_gated made.
  virtual void gated_linear(const DeviceLinear& layer, const void* x, int64_t rows, void* out) = 0;
  // out[i] = x[index[i]].
  virtual void gather(const float* x, const int64_t* index, int64_t rows, float* out) = 0;
  // Losses of rows whose normed hidden states are given; `head` is what pack_head made.
  virtual void head_loss(const DeviceLinear& head, const void* normed, const int32_t* targets, int64_t rows,
                         const LossOutputs& out) = 0;
  // out[sequences, hidden] = mean over each sequence of norm(x).
  virtual void pool(const NormWeights& norm, const Slab& slab, const float* x, float* out) = 0;
};

class Device {
 public:
  virtual ~Device() = default;
  virtual Dtype dtype() const = 0;
  // What the matmuls run on, for the manifest: e.g. "oneDNN 2.6.3 brg:avx512_core".
  virtual std::string implementation() const = 0;
  // Rows that row-wise work is done in at a time. Every row buffer has room for whole tiles.
  virtual int64_t tile_rows() const = 0;
  // A matrix of the given form: y = x W^T + b, with `accumulate` y +=.
  virtual std::unique_ptr<DeviceLinear> pack(const LinearWeights& weights, bool accumulate) = 0;
  // The feed-forward's input matrices, for Lane::gated_linear.
  virtual std::unique_ptr<DeviceLinear> pack_gated(const LinearWeights& weights) = 0;
  // The output matrix, for Lane::head_loss.
  virtual std::unique_ptr<DeviceLinear> pack_head(const MatrixView& weights) = 0;
  virtual std::unique_ptr<Lane> lane() = 0;
};

}  // namespace evosift
