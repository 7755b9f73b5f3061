// Causal attention of packed sequences, as attention.h defines it, with a list of tiles for work: `queries` neighbouring
// queries of one sequence, beginning at its first token, so that a sequence's bits do not depend on what stands beside it.
// Blocks claim (tile, head) pairs until none is left: the grid is the same whatever was packed.
#pragma once

#include "../base/dtype.h"
#include "cuda_launch.h"

namespace evosift {
namespace cuda {

struct AttentionTile {
  int32_t first_row;    // the sequence's
  int32_t length;       // the sequence's
  int32_t first_query;  // from the sequence's first row
};

struct AttentionArgs {
  const void* qkv;  // [rows, (heads + 2 kv_heads) head_dim] of `type`, contiguous: q heads, k heads, v heads
  int64_t heads, kv_heads, head_dim;
  float scale;     // multiplies q.k
  float softcap;   // s -> cap tanh(s / cap) on the scaled scores; 0: none
  int64_t window;  // 0: none
  void* out;       // [rows, heads head_dim] of `type`; rows of no tile are not written
  Dtype type;
  const AttentionTile* tiles;
  const int32_t* tile_count;
  int32_t* claimed;  // 0
  int64_t blocks;    // in the grid
};

constexpr int64_t kMostHeadDim = 256;

// Queries a tile.
constexpr int attention_queries(Dtype type) { return type == Dtype::bf16 ? 64 : 16; }

void attention(const AttentionArgs& args, StreamHandle stream);

// By type: bf16 on tensor cores, f32 without.
void attention_bf16(const AttentionArgs& args, StreamHandle stream);
void attention_f32(const AttentionArgs& args, StreamHandle stream);

}  // namespace cuda
}  // namespace evosift
