// The lowest rung of the ladder: the operations as their formulas read, without shared memory, tiles or tensor cores.
// What the device's own kernels are worth is what they gain over these.
#pragma once

#include "../../device/cuda/gemm.h"
#include "../../kernels/activation_cuda.h"
#include "../../kernels/cross_entropy_cuda.h"
#include "../../kernels/norm_cuda.h"
#include "../../kernels/rope_cuda.h"

namespace evosift {
namespace cuda {

// A thread an output.
void naive_matmul(const GemmArgs& args, Dtype dtype, StreamHandle stream);
// A thread a row.
void naive_norm(const NormArgs& args, StreamHandle stream);
// A thread a head of a row; without q and k norms.
void naive_rope(const RopeArgs& args, StreamHandle stream);
// A thread an output.
void naive_activation(const ActivationArgs& args, StreamHandle stream);
// A thread a row; only the nll is written, of a vocabulary that is one tile.
void naive_cross_entropy(const CrossEntropyTile& args, StreamHandle stream);

// Sequences of one length end to end, causal, heads of 64 or less, out of [rows, (heads + 2 kv_heads) head_dim].
struct EqualSequencesArgs {
  const void* qkv;
  Dtype dtype;
  int64_t rows, length, heads, kv_heads, head_dim;
  float scale;
  void* out;  // [rows, heads * head_dim]
};
// A thread a query and head.
void naive_attention(const EqualSequencesArgs& args, StreamHandle stream);

}  // namespace cuda
}  // namespace evosift
