// FlashAttention-2 (Dao 2023, algorithm 1) on tensor cores: a warp has 16 queries, scores and outputs stay in registers,
// and the next keys are on their way while this tile's values are multiplied.
#include "attention_tiles.h"

namespace evosift {
namespace cuda {

namespace {

constexpr float kLog2E = 1.4426950408889634f;
constexpr int kQueries = attention_queries(Dtype::bf16);

// Of `lane` in the accumulators of mma: rows g and g + 8, columns 2t and 2t + 1.
EVOSIFT_DEVICE int fragment_row() { return lane_index() / 4; }
EVOSIFT_DEVICE int fragment_column() { return lane_index() % 4 * 2; }

template <int kWidth>
struct AttentionBf16 {
  static constexpr int kKeys = kWidth <= 128 ? 64 : 32;
  static constexpr int kStride = tile_stride<bf16>(kWidth);
  static constexpr bool kQueriesStay = kWidth <= 128;  // in registers
  static constexpr size_t kBytes = kClaimBytes + (kQueries + 2 * kKeys) * kStride * sizeof(bf16);

  EVOSIFT_DEVICE static void attend(const AttentionArgs& a, const AttentionWork& work);
};

// A warp's sixteen queries: what they have seen so far.
template <int kWidth>
struct Rows {
  using S = AttentionBf16<kWidth>;
  uint32_t q[S::kQueriesStay ? kWidth / 16 : 1][4];
  float out[kWidth / 8][4];
  float max[2], sum[2];  // of this lane's two rows; sum of its own columns only

  EVOSIFT_DEVICE Rows() {
    EVOSIFT_UNROLL
    for (auto& o : out) o[0] = o[1] = o[2] = o[3] = 0;
    max[0] = max[1] = kUnseen;
    sum[0] = sum[1] = 0;
  }

  EVOSIFT_DEVICE static void load_query(uint32_t (&fragment)[4], const bf16* queries, int k) {
    ldmatrix(fragment, queries + lane_index() % 16 * S::kStride + 16 * k + lane_index() / 16 * 8);
  }

  EVOSIFT_DEVICE void load_queries(const bf16* queries) {
    if constexpr (S::kQueriesStay) {
      EVOSIFT_UNROLL
      for (int k = 0; k < kWidth / 16; ++k) load_query(q[k], queries, k);
    }
  }

  // scores = q k^T
  EVOSIFT_DEVICE void multiply_keys(float (&scores)[S::kKeys / 8][4], const bf16* queries, const bf16* keys) {
    EVOSIFT_UNROLL
    for (auto& s : scores) s[0] = s[1] = s[2] = s[3] = 0;
    EVOSIFT_UNROLL
    for (int k = 0; k < kWidth / 16; ++k) {
      if constexpr (!S::kQueriesStay) load_query(q[0], queries, k);
      EVOSIFT_UNROLL
      for (int n = 0; n < S::kKeys / 16; ++n) {
        uint32_t b[4];
        const int row = 16 * n + lane_index() / 16 * 8 + lane_index() % 8;
        ldmatrix(b, keys + row * S::kStride + 16 * k + lane_index() / 8 % 2 * 8);
        mma_bf16_16816(scores[2 * n], q[S::kQueriesStay ? k : 0], b[0], b[1]);
        mma_bf16_16816(scores[2 * n + 1], q[S::kQueriesStay ? k : 0], b[2], b[3]);
      }
    }
  }

  // Scores to probabilities that are not divided by their sum yet, in powers of two.
  EVOSIFT_DEVICE void soften(float (&scores)[S::kKeys / 8][4], const AttentionArgs& a, int query, int key) {
    // Where all queries of the warp see all keys, nobody asks.
    const int first = query - fragment_row();
    const bool edge = key + S::kKeys - 1 > first || (a.window > 0 && first + 15 - key >= a.window);
    float largest[2] = {max[0], max[1]};
    EVOSIFT_UNROLL
    for (int n = 0; n < S::kKeys / 8; ++n) {
      EVOSIFT_UNROLL
      for (int e = 0; e < 4; ++e) {
        float& s = scores[n][e];
        s = scaled(a, s) * kLog2E;
        if (edge && !sees(a, query + e / 2 * 8, key + 8 * n + fragment_column() + e % 2)) s = kUnseen;
        largest[e / 2] = fmaxf(largest[e / 2], s);
      }
    }
    EVOSIFT_UNROLL
    for (int r = 0; r < 2; ++r) {
      // The four lanes of a row.
      largest[r] = fmaxf(largest[r], shfl_xor(largest[r], 1));
      largest[r] = fmaxf(largest[r], shfl_xor(largest[r], 2));
      const float fade = exp2f(max[r] - shift_of(largest[r]));
      max[r] = largest[r];
      sum[r] *= fade;
      EVOSIFT_UNROLL
      for (auto& o : out) {
        o[2 * r] *= fade;
        o[2 * r + 1] *= fade;
      }
    }
    EVOSIFT_UNROLL
    for (auto& s : scores) {
      EVOSIFT_UNROLL
      for (int e = 0; e < 4; ++e) {
        s[e] = exp2f(s[e] - shift_of(max[e / 2]));
        sum[e / 2] += s[e];
      }
    }
  }

  // out += p v
  EVOSIFT_DEVICE void multiply_values(const float (&p)[S::kKeys / 8][4], const bf16* values) {
    EVOSIFT_UNROLL
    for (int k = 0; k < S::kKeys / 16; ++k) {
      const uint32_t left[4] = {bf16_pair(p[2 * k][0], p[2 * k][1]), bf16_pair(p[2 * k][2], p[2 * k][3]),
                                bf16_pair(p[2 * k + 1][0], p[2 * k + 1][1]),
                                bf16_pair(p[2 * k + 1][2], p[2 * k + 1][3])};
      EVOSIFT_UNROLL
      for (int n = 0; n < kWidth / 16; ++n) {
        uint32_t b[4];
        const int row = 16 * k + lane_index() % 16;
        ldmatrix_transposed(b, values + row * S::kStride + 16 * n + lane_index() / 16 * 8);
        mma_bf16_16816(out[2 * n], left, b[0], b[1]);
        mma_bf16_16816(out[2 * n + 1], left, b[2], b[3]);
      }
    }
  }

  EVOSIFT_DEVICE void store(const AttentionArgs& a, const AttentionWork& work, int query) {
    EVOSIFT_UNROLL
    for (int r = 0; r < 2; ++r) {
      sum[r] += shfl_xor(sum[r], 1);
      sum[r] += shfl_xor(sum[r], 2);
      const int at = query + 8 * r;
      if (at >= work.tile.length) continue;
      bf16* to = static_cast<bf16*>(a.out) +
                 ((static_cast<int64_t>(work.tile.first_row) + at) * a.heads + work.head) * a.head_dim;
      const float scale = 1.0f / sum[r];
      EVOSIFT_UNROLL
      for (int n = 0; n < kWidth / 8; ++n) {
        const int column = 8 * n + fragment_column();
        const float first = out[n][2 * r] * scale, second = out[n][2 * r + 1] * scale;
        if (a.head_dim % 2 == 0) {
          if (column < a.head_dim) *reinterpret_cast<uint32_t*>(to + column) = bf16_pair(first, second);
        } else {
          if (column < a.head_dim) to[column] = round_to_bf16(first);
          if (column + 1 < a.head_dim) to[column + 1] = round_to_bf16(second);
        }
      }
    }
  }
};

template <int kWidth>
EVOSIFT_DEVICE void AttentionBf16<kWidth>::attend(const AttentionArgs& a, const AttentionWork& work) {
  using S = AttentionBf16;
  bf16* queries = block_memory<bf16>() + kClaimBytes / sizeof(bf16);
  bf16* keys = queries + kQueries * S::kStride;
  bf16* values = keys + S::kKeys * S::kStride;
  const AttentionTile& tile = work.tile;
  const int64_t stride = (a.heads + 2 * a.kv_heads) * a.head_dim;
  const bf16* rows = static_cast<const bf16*>(a.qkv) + tile.first_row * stride;
  const bf16* k = rows + (a.heads + work.kv_head) * a.head_dim;
  const bf16* v = k + a.kv_heads * a.head_dim;
  const int end = tile.length < tile.first_query + kQueries ? tile.length : tile.first_query + kQueries;
  const auto load_keys = [&](bf16* to, const bf16* from, int key) {
    load_tile<S::kKeys, kWidth>(to, from + key * stride, stride, tile.length - key, a.head_dim);
  };

  const int first = first_key<S::kKeys>(a, tile), warp = thread_index() / kWarp;
  load_tile<kQueries, kWidth>(queries, rows + tile.first_query * stride + work.head * a.head_dim, stride,
                              tile.length - tile.first_query, a.head_dim);
  load_keys(keys, k, first);
  cp_async_commit();
  queries += 16 * warp * S::kStride;
  const int query = tile.first_query + 16 * warp + fragment_row();
  Rows<kWidth> own;
  float scores[S::kKeys / 8][4];
  for (int key = first; key < end; key += S::kKeys) {
    load_keys(values, v, key);
    cp_async_commit();
    cp_async_wait<1>();  // the values may still be on their way
    sync_block();
    if (key == first) own.load_queries(queries);
    own.multiply_keys(scores, queries, keys);
    sync_block();
    if (key + S::kKeys < end) load_keys(keys, k, key + S::kKeys);
    cp_async_commit();
    own.soften(scores, a, query, key);
    cp_async_wait<1>();  // the next keys may
    sync_block();
    own.multiply_values(scores, values);
    sync_block();
  }
  own.store(a, work, query);
}

}  // namespace

void attention_bf16(const AttentionArgs& args, StreamHandle stream) {
  launch_by_head<AttentionBf16>("attention_bf16", args, stream);
}

}  // namespace cuda
}  // namespace evosift
