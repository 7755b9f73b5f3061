// The same in f32, without tensor cores (TF32 has ten bits): a warp has four queries, a lane a key of the tile for the
// scores and every 32nd dimension for the output.
#include "attention_tiles.h"

namespace evosift {
namespace cuda {

namespace {

constexpr int kQueries = attention_queries(Dtype::f32), kKeys = kWarp;
constexpr int kWarps = kAttentionThreads / kWarp, kOwn = kQueries / kWarps;

template <int kWidth>
struct AttentionF32 {
  static constexpr int kStride = tile_stride<float>(kWidth);
  static constexpr size_t kBytes = kClaimBytes + ((kQueries + 2 * kKeys) * kStride + kQueries * kKeys) * sizeof(float);

  EVOSIFT_DEVICE static void attend(const AttentionArgs& a, const AttentionWork& work);
};

// score[r] = q[r] . k, of this lane's key
template <int kWidth>
EVOSIFT_DEVICE void multiply_key(float (&score)[kOwn], const float* queries, const float* key) {
  EVOSIFT_UNROLL
  for (float& s : score) s = 0;
  for (int d = 0; d < kWidth; d += 4) {
    const Four k = load4(key, d, kWidth);
    EVOSIFT_UNROLL
    for (int r = 0; r < kOwn; ++r) {
      const Four q = load4(queries + r * AttentionF32<kWidth>::kStride, d, kWidth);
      EVOSIFT_UNROLL
      for (int i = 0; i < 4; ++i) score[r] += q.v[i] * k.v[i];
    }
  }
}

template <int kWidth>
EVOSIFT_DEVICE void AttentionF32<kWidth>::attend(const AttentionArgs& a, const AttentionWork& work) {
  using S = AttentionF32;
  float* queries = block_memory<float>() + kClaimBytes / sizeof(float);
  float* keys = queries + kQueries * S::kStride;
  float* values = keys + kKeys * S::kStride;
  const int lane = lane_index(), warp = thread_index() / kWarp;
  float* p = values + kKeys * S::kStride + warp * kOwn * kKeys;  // [kOwn, kKeys]
  const AttentionTile& tile = work.tile;
  const int64_t stride = (a.heads + 2 * a.kv_heads) * a.head_dim;
  const float* rows = static_cast<const float*>(a.qkv) + tile.first_row * stride;
  const float* k = rows + (a.heads + work.kv_head) * a.head_dim;
  const float* v = k + a.kv_heads * a.head_dim;
  const int end = tile.length < tile.first_query + kQueries ? tile.length : tile.first_query + kQueries;

  load_tile<kQueries, kWidth>(queries, rows + tile.first_query * stride + work.head * a.head_dim, stride,
                              tile.length - tile.first_query, a.head_dim);
  queries += kOwn * warp * S::kStride;
  const int query = tile.first_query + kOwn * warp;
  float out[kOwn][kWidth / kWarp], max[kOwn], sum[kOwn];
  EVOSIFT_UNROLL
  for (int r = 0; r < kOwn; ++r) {
    EVOSIFT_UNROLL
    for (float& o : out[r]) o = 0;
    max[r] = kUnseen;
    sum[r] = 0;
  }
  for (int key = first_key<kKeys>(a, tile); key < end; key += kKeys) {
    load_tile<kKeys, kWidth>(keys, k + key * stride, stride, tile.length - key, a.head_dim);
    load_tile<kKeys, kWidth>(values, v + key * stride, stride, tile.length - key, a.head_dim);
    cp_async_commit();
    cp_async_wait<0>();
    sync_block();
    float score[kOwn];
    multiply_key<kWidth>(score, queries, keys + lane * S::kStride);
    EVOSIFT_UNROLL
    for (int r = 0; r < kOwn; ++r) {
      const float s = sees(a, query + r, key + lane) ? scaled(a, score[r]) : kUnseen;
      const float largest = fmaxf(max[r], warp_max(s));
      const float fade = expf(max[r] - shift_of(largest)), e = expf(s - shift_of(largest));
      max[r] = largest;
      sum[r] = sum[r] * fade + e;
      p[r * kKeys + lane] = e;
      EVOSIFT_UNROLL
      for (float& o : out[r]) o *= fade;
    }
    sync_warp();
    for (int j = 0; j < kKeys; ++j) {
      EVOSIFT_UNROLL
      for (int i = 0; i < kWidth / kWarp; ++i) {
        const float value = values[j * S::kStride + kWarp * i + lane];
        EVOSIFT_UNROLL
        for (int r = 0; r < kOwn; ++r) out[r][i] += p[r * kKeys + j] * value;
      }
    }
    sync_block();
  }
  EVOSIFT_UNROLL
  for (int r = 0; r < kOwn; ++r) {
    const float scale = 1.0f / warp_sum(sum[r]);
    if (query + r >= tile.length) continue;
    float* to = static_cast<float*>(a.out) +
                ((static_cast<int64_t>(tile.first_row) + query + r) * a.heads + work.head) * a.head_dim;
    EVOSIFT_UNROLL
    for (int i = 0; i < kWidth / kWarp; ++i)
      if (kWarp * i + lane < a.head_dim) to[kWarp * i + lane] = out[r][i] * scale;
  }
}

}  // namespace

void attention_f32(const AttentionArgs& args, StreamHandle stream) {
  launch_by_head<AttentionF32>("attention_f32", args, stream);
}

}  // namespace cuda
}  // namespace evosift
