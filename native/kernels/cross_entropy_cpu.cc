#include "cross_entropy.h"

#include "simd.h"

namespace evosift {
namespace EVOSIFT_ISA {

namespace {

inline void cap_row(float* x, int64_t n, float cap) {
  const vf up = splat(cap), down = splat(1.0f / cap);
  int64_t i = 0;
  for (; i + kWidth <= n; i += kWidth) store(x + i, up * tanh(load(x + i) * down));
  if (i < n) {
    const mask m = first_lanes(n - i);
    store(x + i, up * tanh(load(x + i, m) * down), m);
  }
}

inline float row_max(const float* x, int64_t n) {
  vf a = splat(kLowestLogit), b = a, c = a, d = a;
  int64_t i = 0;
  for (; i + 4 * kWidth <= n; i += 4 * kWidth) {
    a = max(a, load(x + i));
    b = max(b, load(x + i + kWidth));
    c = max(c, load(x + i + 2 * kWidth));
    d = max(d, load(x + i + 3 * kWidth));
  }
  for (; i + kWidth <= n; i += kWidth) a = max(a, load(x + i));
  if (i < n) {
    const mask m = first_lanes(n - i);
    a = max(a, select(m, load(x + i, m), splat(kLowestLogit)));
  }
  return largest(max(max(a, b), max(c, d)));
}

template <bool kStats>
inline void row_sums(const float* x, int64_t n, float top, float* total, float* weighted) {
  const vf shift = splat(top), lowest = splat(kLowestLogit);
  vf s0 = zero(), s1 = zero(), w = zero();
  int64_t i = 0;
  const auto one = [&](vf v, vf& s) {
    const vf e = exp(v - shift);
    s = s + e;
    if constexpr (kStats) w = fma(e, max(v, lowest), w);
  };
  for (; i + 2 * kWidth <= n; i += 2 * kWidth) {
    one(load(x + i), s0);
    one(load(x + i + kWidth), s1);
  }
  for (; i + kWidth <= n; i += kWidth) one(load(x + i), s0);
  if (i < n) {
    const mask m = first_lanes(n - i);
    const vf v = load(x + i, m);
    const vf e = select(m, exp(v - shift), zero());
    s0 = s0 + e;
    if constexpr (kStats) w = fma(e, max(v, lowest), w);
  }
  *total = sum(s0 + s1);
  if constexpr (kStats) *weighted = sum(w);
}

}  // namespace

void cross_entropy(const CrossEntropyArgs& a) {
  for (int64_t r = 0; r < a.rows; ++r) {
    float* x = a.logits + r * a.stride;
    CrossEntropyState& s = a.state[r];
    if (a.softcap > 0) cap_row(x, a.cols, a.softcap);
    const float tile_max = row_max(x, a.cols);
    const float top = tile_max > s.max ? tile_max : s.max;
    float total = 0, weighted = 0;
    if (a.stats)
      row_sums<true>(x, a.cols, top, &total, &weighted);
    else
      row_sums<false>(x, a.cols, top, &total, &weighted);
    // Nothing was met before the first tile: its sum is 0 and e^(-inf) is not needed.
    const double fade = s.sum > 0 ? __builtin_exp(static_cast<double>(s.max) - static_cast<double>(top)) : 0.0;
    s.sum = s.sum * fade + static_cast<double>(total);
    s.weighted = s.weighted * fade + static_cast<double>(weighted);
    s.max = top;
    const int64_t column = a.targets[r] - a.first_column;
    if (column >= 0 && column < a.cols) s.target = x[column];
  }
}

}  // namespace EVOSIFT_ISA
}  // namespace evosift
