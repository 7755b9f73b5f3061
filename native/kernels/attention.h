// Causal attention of one sequence, all its heads: softmax(scale q k^T) v with grouped key/value heads (Ainslie et al.
// 2023), sliding windows and soft caps, by tiles with an online softmax (Dao et al. 2022, algorithm 1).
// Query i sees key j where j <= i and, with a window w > 0, i - j < w.
// Tiles start at the sequence's first token, so that the result does not depend on what it is packed with.
#pragma once

#include "../base/dtype.h"
#include "cpu_kernel.h"

namespace evosift {

struct AttentionArgs {
  const void* qkv;  // [length, (heads + 2 kv_heads) head_dim] of `type`, contiguous: q heads, k heads, v heads
  int64_t length, heads, kv_heads, head_dim;
  float scale;     // multiplies q.k
  float softcap;   // s -> cap tanh(s / cap) on the scaled scores; 0: none
  int64_t window;  // 0: none
  void* out;       // [length, heads head_dim] of `type`, contiguous
  Dtype type;      // bf16 only in the avx512_bf16 and avx512_amx bodies
  void* scratch;   // attention_scratch_bytes(...), 64-byte aligned
};

constexpr int64_t kAttentionKeys = 64;  // keys a tile

// Queries a tile: with the heads of a group stacked as rows, about 96 rows.
constexpr int64_t attention_queries(int64_t group) { return group >= 96 ? 1 : 96 / group; }

// Bytes of scratch that a sequence of `length` needs, where `group` query heads share a key/value head.
constexpr int64_t attention_scratch_bytes(int64_t length, int64_t head_dim, int64_t group) {
  const int64_t keys = round_up(length, kAttentionKeys), width = round_up(head_dim, 32);
  const int64_t rows = round_up(attention_queries(group) * group, 16);
  return 4 * (2 * keys * width + rows * (2 * width + 2 * kAttentionKeys + 3)) + 1024;
}

EVOSIFT_CPU_KERNEL(void attention(const AttentionArgs& args))
// Only attention multiplies matrices of its own, so only it has a body for AMX.
namespace avx512_amx {
void attention(const AttentionArgs& args);
}

}  // namespace evosift
