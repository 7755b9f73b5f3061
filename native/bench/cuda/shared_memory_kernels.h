// The rung between: what a block's threads read in common goes through shared memory, and sums stay in registers. CUDA
// cores only, without asynchronous copies, vector loads or shuffles. Rope and activation have none: each of their elements
// is read once.
#pragma once

#include "naive_kernels.h"

namespace evosift {
namespace cuda {

// A block 64 x 64 outputs, a thread 16 of them.
void shared_memory_matmul(const GemmArgs& args, Dtype dtype, StreamHandle stream);
// A block a row.
void shared_memory_norm(const NormArgs& args, StreamHandle stream);
// A block a row; only the nll is written, of a vocabulary that is one tile.
void shared_memory_cross_entropy(const CrossEntropyTile& args, StreamHandle stream);
// A block 64 queries of a head, a thread one of them; the sequences' keys and values pass by in tiles.
void shared_memory_attention(const EqualSequencesArgs& args, StreamHandle stream);

}  // namespace cuda
}  // namespace evosift
