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

// What kStep values of one key take: the contraction's unit, 4 bytes whatever T is.
template <typename T, int64_t step>
inline uint32_t unit(const T* values, int64_t count) {
  static_assert(sizeof(T) * step == sizeof(uint32_t), "a unit is 4 bytes");
  uint32_t u = 0;
  __builtin_memcpy(&u, values, static_cast<size_t>(count < step ? count : step) * sizeof(T));
  return u;
}

// keys: by tiles of kAttentionKeys, [tile][head_dim/step][key][step], which is a transposition of units.
template <typename T, int64_t step>
void pack_keys(const T* k, int64_t stride, int64_t length, int64_t head_dim, int64_t width, T* keys) {
  const int64_t units = width / step, whole = head_dim / step;
  for (int64_t first = 0; first < length; first += kAttentionKeys, keys += kAttentionKeys * width) {
    const int64_t real = length - first < kAttentionKeys ? length - first : kAttentionKeys;
    if (real < kAttentionKeys || whole < units)
      __builtin_memset(keys, 0, static_cast<size_t>(kAttentionKeys * width) * sizeof(T));
    for (int64_t i = 0; i < real; ++i, k += stride) {
      char* to = reinterpret_cast<char*>(keys + i * step);
      const auto put = [&](int64_t d, uint32_t u) {
        __builtin_memcpy(to + d * kAttentionKeys * static_cast<int64_t>(sizeof u), &u, sizeof u);
      };
      for (int64_t d = 0; d < whole; ++d) put(d, unit<T, step>(k + d * step, step));
      if (whole * step < head_dim) put(whole, unit<T, step>(k + whole * step, head_dim - whole * step));
    }
  }
}

// values: [length/step][width][step], with zeros for head_dim..width and up to whole tiles of keys.
template <typename T, int64_t step>
void pack_values(const T* v, int64_t stride, int64_t length, int64_t head_dim, int64_t width, T* values) {
  const int64_t padded = round_up(length, kAttentionKeys);
  if (head_dim < width || length < padded) __builtin_memset(values, 0, static_cast<size_t>(padded * width) * sizeof(T));
  for (int64_t i = 0; i < length; i += step, values += step * width) {
    const T* rows = v + i * stride;
    if (i + step <= length) {
      for (int64_t d = 0; d < head_dim; ++d)
        for (int64_t s = 0; s < step; ++s) values[d * step + s] = rows[s * stride + d];
    } else {
      for (int64_t d = 0; d < head_dim; ++d) values[d * step] = rows[d];
    }
  }
}

template <typename Op>
void pack_head(const AttentionArgs& a, int64_t kv_head, int64_t width, const Tiles<typename Op::type>& t) {
  using T = typename Op::type;
  const int64_t stride = (a.heads + 2 * a.kv_heads) * a.head_dim;
  const T* k = static_cast<const T*>(a.qkv) + (a.heads + kv_head) * a.head_dim;
  pack_keys<T, Op::kStep>(k, stride, a.length, a.head_dim, width, t.keys);
  pack_values<T, Op::kStep>(k + a.kv_heads * a.head_dim, stride, a.length, a.head_dim, width, t.values);
}

// One row of scores -> weights e^(s - max) rounded to T, its running maximum and sum brought up to date.
// `seen_from`, `seen_to`: the columns that the query sees, of which there are `columns`. Returns what earlier sums are to
// be multiplied by.
template <typename T>
inline float softmax_row(const AttentionArgs& a, float* s, T* weights, int64_t columns, int64_t seen_from,
                         int64_t seen_to, float* max_, float* total) {
  static_assert(kAttentionKeys % kWidth == 0, "a tile is whole vectors");
  const vf scale = splat(a.scale), nothing = splat(-__builtin_inff());
  // Vectors of which nothing is seen are passed over.
  const int64_t begin = (seen_from < columns ? seen_from : columns) / kWidth * kWidth;
  const int64_t end = seen_to < columns ? round_up(seen_to, kWidth) : columns;
  for (int64_t j = 0; j < begin; j += kWidth) store(weights + j, zero());
  for (int64_t j = end; j < columns; j += kWidth) store(weights + j, zero());
  vf top = nothing;
  for (int64_t j = begin; j < end; j += kWidth) {
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
    for (int64_t j = begin; j < end; j += kWidth) store(weights + j, zero());
    return 1.0f;
  }
  const vf shift = splat(after);
  vf added = zero();
  for (int64_t j = begin; j < end; j += kWidth) {
    const vf e = exp(load(s + j) - shift);
    added = added + e;
    store(weights + j, e);
  }
  float fade = before == -__builtin_inff() ? 0.0f : 1.0f;
  if (fade == 1.0f && before < after) {
    float lane[kWidth];
    store(lane, exp(splat(before - after)));
    fade = lane[0];
  }
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
    // Of the last tile, only the columns that its queries see some of.
    const int64_t columns = end - from < kAttentionKeys ? round_up(end - from, 32) : kAttentionKeys;
    multiply<Op, false>(t.queries, width, t.keys + from * width, kAttentionKeys * Op::kStep, t.scores, kAttentionKeys,
                        rows, columns, depth / Op::kStep);
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t query = first_query + r / group;
      const int64_t seen_from = a.window > 0 && query - a.window + 1 > from ? query - a.window + 1 - from : 0;
      const int64_t seen_to = query + 1 > from ? query + 1 - from : 0;
      t.fade[r] = softmax_row(a, t.scores + r * kAttentionKeys, t.weights + r * kAttentionKeys, columns, seen_from,
                              seen_to, &t.max[r], &t.total[r]);
    }
    for (int64_t r = 0; r < rows; ++r) {
      if (t.fade[r] == 1.0f) continue;
      for (int64_t d = 0; d < width; d += kWidth)
        store(t.sums + r * width + d, load(t.sums + r * width + d) * splat(t.fade[r]));
    }
    multiply<Op, true>(t.weights, kAttentionKeys, t.values + from * width, width * Op::kStep, t.sums, width, rows,
                       width, columns / Op::kStep);
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
