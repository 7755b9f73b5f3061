// What the attention kernels share: claiming work, loading tiles, who sees whom, and their launch.
#pragma once

#include <math.h>

#include "../base/error.h"
#include "attention_cuda.h"
#include "rows_cuda.h"

namespace evosift {
namespace cuda {

constexpr int kAttentionThreads = 128;
constexpr size_t kClaimBytes = 16;  // before the tiles in a block's memory
constexpr float kUnseen = -INFINITY;

// One head's queries of a tile.
struct AttentionWork {
  AttentionTile tile;
  int head, kv_head;
};

// The block's next work; false where there is none. Nobody reads the block's tiles any more when it returns.
EVOSIFT_DEVICE bool claim(const AttentionArgs& a, AttentionWork& work) {
  int* claimed = block_memory<int>();
  sync_block();
  if (thread_index() == 0) *claimed = atomic_add(a.claimed, 1);
  sync_block();
  const int heads = static_cast<int>(a.heads), item = *claimed;
  if (item >= *a.tile_count * heads) return false;
  work.tile = a.tiles[item / heads];
  work.head = item % heads;
  work.kv_head = work.head / (heads / static_cast<int>(a.kv_heads));
  return true;
}

// The elements between two rows of a tile in shared memory: 16 bytes more than a row, so that eight rows' 16 bytes at
// one column lie in different banks.
template <typename T>
constexpr int tile_stride(int width) {
  return width + 16 / static_cast<int>(sizeof(T));
}

// Starts copying rows [0, count) of `from` to the tile and zeros to the rest of its kRows rows and kWidth columns.
template <int kRows, int kWidth, typename T>
EVOSIFT_DEVICE void load_tile(T* tile, const T* from, int64_t from_stride, int64_t count, int64_t head_dim) {
  constexpr int kCopy = 16 / static_cast<int>(sizeof(T)), kCopies = kWidth / kCopy;
  constexpr int kStride = tile_stride<T>(kWidth);
  for (int c = thread_index(); c < kRows * kCopies; c += kAttentionThreads) {
    const int row = c / kCopies, column = c % kCopies * kCopy;
    T* to = tile + row * kStride + column;
    const T* at = from + row * from_stride + column;
    const bool inside = row < count && column < head_dim;
    if (head_dim % kCopy == 0) {
      cp_async(to, inside ? at : from, inside);
    } else {
      for (int e = 0; e < kCopy; ++e) to[e] = inside && column + e < head_dim ? at[e] : T{};
    }
  }
}

// The first of the keys that any of the tile's queries sees, at the start of a tile of kKeys.
template <int kKeys>
EVOSIFT_DEVICE int first_key(const AttentionArgs& a, const AttentionTile& tile) {
  const int64_t first = a.window > 0 ? tile.first_query - a.window + 1 : 0;
  return first > 0 ? static_cast<int>(first / kKeys * kKeys) : 0;
}

EVOSIFT_DEVICE bool sees(const AttentionArgs& a, int query, int key) {
  return key <= query && (a.window == 0 || query - key < a.window);
}

EVOSIFT_DEVICE float scaled(const AttentionArgs& a, float product) {
  const float score = product * a.scale;
  return a.softcap > 0 ? a.softcap * tanhf(score / a.softcap) : score;
}

// What to subtract before exponentiation: a row that has seen no key yet has no maximum.
EVOSIFT_DEVICE float shift_of(float max) { return max == kUnseen ? 0.0f : max; }

template <typename Body>
EVOSIFT_KERNEL(kAttentionThreads)
attention_kernel(AttentionArgs a) {
  AttentionWork work;
  while (claim(a, work)) Body::attend(a, work);
}

template <typename Body>
void launch_attention(const char* name, const AttentionArgs& args, StreamHandle stream) {
  launch(name, attention_kernel<Body>, {args.blocks, kAttentionThreads, Body::kBytes, stream}, args);
}

// Body<width> of the smallest width that holds the head: its kBytes of a block's memory, and attend(), a block's work.
template <template <int> class Body>
void launch_by_head(const char* name, const AttentionArgs& args, StreamHandle stream) {
  const int64_t d = args.head_dim;
  if (d <= 32) return launch_attention<Body<32>>(name, args, stream);
  if (d <= 64) return launch_attention<Body<64>>(name, args, stream);
  if (d <= 96) return launch_attention<Body<96>>(name, args, stream);
  if (d <= 128) return launch_attention<Body<128>>(name, args, stream);
  if (d <= 192) return launch_attention<Body<192>>(name, args, stream);
  if (d <= 256) return launch_attention<Body<256>>(name, args, stream);
  throw Error("engine_failed", "attention on the GPU holds heads of up to 256 dimensions");
}

}  // namespace cuda
}  // namespace evosift
