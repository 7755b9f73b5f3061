#include "rope.h"

#include "norm.h"
#include "simd.h"

namespace evosift {
namespace EVOSIFT_ISA {

namespace {

void rotate(float* x, const float* cos, const float* sin, int64_t half) {
  int64_t i = 0;
  const auto pair = [&](vf a, vf b, vf c, vf s, vf* first, vf* second) {
    *first = a * c - b * s;
    *second = b * c + a * s;
  };
  for (; i + kWidth <= half; i += kWidth) {
    vf first, second;
    pair(load(x + i), load(x + half + i), load(cos + i), load(sin + i), &first, &second);
    store(x + i, first);
    store(x + half + i, second);
  }
  if (i < half) {
    const mask m = first_lanes(half - i);
    vf first, second;
    pair(load(x + i, m), load(x + half + i, m), load(cos + i, m), load(sin + i, m), &first, &second);
    store(x + i, first, m);
    store(x + half + i, second, m);
  }
}

template <typename T>
void convert(const float* x, T* y, int64_t n) {
  int64_t i = 0;
  for (; i + kWidth <= n; i += kWidth) store(y + i, load(x + i));
  if (i < n) store(y + i, load(x + i, first_lanes(n - i)), first_lanes(n - i));
}

void normalise(float* x, const float* weight, int64_t heads, const RopeArgs& a) {
  const int64_t n = a.norm_full_width ? heads * a.head_dim : a.head_dim;
  norm({x, a.norm_full_width ? 1 : heads, n, n, weight, nullptr, a.norm_eps, false, x, Dtype::f32, n, false});
}

}  // namespace

void rope(const RopeArgs& a) {
  const int64_t width = (a.heads + 2 * a.kv_heads) * a.head_dim;
  for (int64_t r = 0; r < a.rows; ++r) {
    float* q = a.qkv + r * width;
    float* k = q + a.heads * a.head_dim;
    if (a.q_norm) normalise(q, a.q_norm, a.heads, a);
    if (a.k_norm) normalise(k, a.k_norm, a.kv_heads, a);
    if (a.cos) {
      const int64_t half = a.rotary_dim / 2;
      const float* cos = a.cos + a.positions[r] * half;
      const float* sin = a.sin + a.positions[r] * half;
      for (int64_t h = 0; h < a.heads + a.kv_heads; ++h) rotate(q + h * a.head_dim, cos, sin, half);
    }
    if (a.out_type == Dtype::bf16)
      convert(q, static_cast<bf16*>(a.out) + r * width, width);
    else
      convert(q, static_cast<float*>(a.out) + r * width, width);
  }
}

}  // namespace EVOSIFT_ISA
}  // namespace evosift
