#include "attention.h"

#include "attention_matmul.h"
#include "simd.h"

namespace evosift {
namespace EVOSIFT_ISA {

namespace {

// Where the tiles of one sequence's head lie in the scratch.
template <typename T>
struct Tiles {
  T *keys, *values, *queries, *weights;
  float *scores, *sums, *max, *total, *fade;
};

template <typename T>
Tiles<T> lay_out(void* scratch, int64_t length, int64_t width, int64_t rows) {
  char* at = static_cast<char*>(scratch);
  const auto take = [&at](int64_t bytes) {
    char* p = at;
    at += round_up(bytes, 64);
    return p;
  };
  const int64_t keys = round_up(length, kAttentionKeys);
  const int64_t size = static_cast<int64_t>(sizeof(T));
  Tiles<T> t;
  t.keys = reinterpret_cast<T*>(take(keys * width * size));
  t.values = reinterpret_cast<T*>(take(keys * width * size));
  t.queries = reinterpret_cast<T*>(take(rows * width * size));
  t.weights = reinterpret_cast<T*>(take(rows * kAttentionKeys * size));
  t.scores = reinterpret_cast<float*>(take(rows * kAttentionKeys * 4));
  t.sums = reinterpret_cast<float*>(take(rows * width * 4));
  t.max = reinterpret_cast<float*>(take(rows * 4));
  t.total = reinterpret_cast<float*>(take(rows * 4));
  t.fade = reinterpret_cast<float*>(take(rows * 4));
  return t;
}

// keys: by tiles of kAttentionKeys, [tile][head_dim/step][key][step]; values: [length/step][width][step]. What lies past
// the end is zero.
template <typename Op>
void pack_head(const AttentionArgs& a, int64_t kv_head, int64_t width, const Tiles<typename Op::type>& t) {
  using T = typename Op::type;
  constexpr int64_t step = Op::kStep;
  const int64_t stride = (a.heads + 2 * a.kv_heads) * a.head_dim;
  const T* k = static_cast<const T*>(a.qkv) + (a.heads + kv_head) * a.head_dim;
  const T* v = k + a.kv_heads * a.head_dim;
  const int64_t padded = round_up(a.length, kAttentionKeys);
  for (int64_t i = 0; i < padded; ++i) {
    T* key = t.keys + i / kAttentionKeys * kAttentionKeys * width + i % kAttentionKeys * step;
    T* value = t.values + i / step * step * width + i % step;
    const bool real = i < a.length;
    for (int64_t d = 0; d < width; ++d) {
      const bool inside = real && d < a.head_dim;
      key[d / step * step * kAttentionKeys + d % step] = inside ? k[i * stride + d] : T{};
      value[d * step] = inside ? v[i * stride + d] : T{};
    }
  }
}

// One row of scores -> weights e^(s - max) rounded to T, its running maximum and sum brought up to date.
// `seen_from`, `seen_to`: the columns that the query sees. Returns what earlier sums are to be multiplied by.
template <typename T>
inline float softmax_row(const AttentionArgs& a, float* s, T* weights, int64_t seen_from, int64_t seen_to, float* max_,
                         float* total) {
  static_assert(kAttentionKeys % kWidth == 0, "a tile is whole vectors");
  const vf scale = splat(a.scale), nothing = splat(-__builtin_inff());
  vf top = nothing;
  for (int64_t j = 0; j < kAttentionKeys; j += kWidth) {
    vf x = load(s + j) * scale;
    if (a.softcap > 0) x = splat(a.softcap) * tanh(x * splat(1.0f / a.softcap));
    if (j + kWidth > seen_to) x = select(first_lanes(seen_to > j ? seen_to - j : 0), x, nothing);
    if (j < seen_from) x = select(first_lanes(seen_from - j), nothing, x);
    store(s + j, x);
    top = max(top, x);
  }
  const float before = *max_, now = largest(top);
  const float after = now > before ? now : before;
  if (after == -__builtin_inff()) {  // nothing seen yet
    for (int64_t j = 0; j < kAttentionKeys; j += kWidth) store(weights + j, zero());
    return 1.0f;
  }
  const vf shift = splat(after);
  vf added = zero();
  for (int64_t j = 0; j < kAttentionKeys; j += kWidth) {
    const vf e = exp(load(s + j) - shift);
    added = added + e;
    store(weights + j, e);
  }
  float lane[kWidth];
  store(lane, exp(splat(before - after)));
  const float fade = before == -__builtin_inff() ? 0.0f : lane[0];
  *total = *total * fade + sum(added);
  *max_ = after;
  return fade;
}

template <typename Op>
void query_tile(const AttentionArgs& a, int64_t kv_head, int64_t first_query, int64_t queries, int64_t width,
                const Tiles<typename Op::type>& t) {
  using T = typename Op::type;
  const int64_t group = a.heads / a.kv_heads, rows = queries * group;
  const int64_t stride = (a.heads + 2 * a.kv_heads) * a.head_dim;
  const int64_t depth = round_up(a.head_dim, Op::kDepth);
  for (int64_t r = 0; r < rows; ++r) {
    const T* q =
        static_cast<const T*>(a.qkv) + (first_query + r / group) * stride + (kv_head * group + r % group) * a.head_dim;
    T* row = t.queries + r * width;
    __builtin_memcpy(row, q, static_cast<size_t>(a.head_dim) * sizeof(T));
    for (int64_t d = a.head_dim; d < depth; ++d) row[d] = T{};
    t.max[r] = -__builtin_inff();
    t.total[r] = 0;
  }
  __builtin_memset(t.sums, 0, static_cast<size_t>(rows * width) * 4);

  const int64_t oldest = a.window > 0 && first_query >= a.window ? first_query - a.window + 1 : 0;
  const int64_t end = first_query + queries;
  for (int64_t from = oldest / kAttentionKeys * kAttentionKeys; from < end; from += kAttentionKeys) {
    multiply<Op, false>(t.queries, width, t.keys + from * width, kAttentionKeys * Op::kStep, t.scores, kAttentionKeys,
                        rows, kAttentionKeys, depth / Op::kStep);
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t query = first_query + r / group;
      const int64_t seen_from = a.window > 0 && query - a.window + 1 > from ? query - a.window + 1 - from : 0;
      const int64_t seen_to = query + 1 > from ? query + 1 - from : 0;
      t.fade[r] = softmax_row(a, t.scores + r * kAttentionKeys, t.weights + r * kAttentionKeys, seen_from, seen_to,
                              &t.max[r], &t.total[r]);
    }
    for (int64_t r = 0; r < rows; ++r) {
      if (t.fade[r] == 1.0f) continue;
      for (int64_t d = 0; d < width; d += kWidth)
        store(t.sums + r * width + d, load(t.sums + r * width + d) * splat(t.fade[r]));
    }
    const int64_t keys = end - from < kAttentionKeys ? round_up(end - from, Op::kDepth) : kAttentionKeys;
    multiply<Op, true>(t.weights, kAttentionKeys, t.values + from * width, width * Op::kStep, t.sums, width, rows,
                       width, keys / Op::kStep);
  }

  for (int64_t r = 0; r < rows; ++r) {
    T* out = static_cast<T*>(a.out) + (first_query + r / group) * a.heads * a.head_dim +
             (kv_head * group + r % group) * a.head_dim;
    const vf inverse = splat(1.0f / t.total[r]);
    int64_t d = 0;
    for (; d + kWidth <= a.head_dim; d += kWidth) store(out + d, load(t.sums + r * width + d) * inverse);
    if (d < a.head_dim) store(out + d, load(t.sums + r * width + d) * inverse, first_lanes(a.head_dim - d));
  }
}

template <typename Op>
void all_heads(const AttentionArgs& a) {
  using T = typename Op::type;
  const int64_t width = round_up(a.head_dim, Op::kDepth > 16 ? Op::kDepth : 16), group = a.heads / a.kv_heads;
  const int64_t queries = attention_queries(group);
  const Tiles<T> t = lay_out<T>(a.scratch, a.length, width, round_up(queries * group, 16));
  for (int64_t kv_head = 0; kv_head < a.kv_heads; ++kv_head) {
    pack_head<Op>(a, kv_head, width, t);
    for (int64_t q = 0; q < a.length; q += queries)
      query_tile<Op>(a, kv_head, q, a.length - q < queries ? a.length - q : queries, width, t);
  }
}

}  // namespace

void attention(const AttentionArgs& a) {
#ifdef __AMX_BF16__
  if (a.type == Dtype::bf16) {
    const AmxTiles tiles;
    return all_heads<Amx>(a);
  }
#elif defined(__AVX512BF16__)
  if (a.type == Dtype::bf16) return all_heads<Bf16>(a);
#endif
  all_heads<F32>(a);
}

}  // namespace EVOSIFT_ISA
}  // namespace evosift
