#include "norm.h"

#include "simd.h"

namespace evosift {
namespace EVOSIFT_ISA {

namespace {

inline vf load_first(const float* p, int64_t left) { return left >= kWidth ? load(p) : load(p, first_lanes(left)); }

template <typename T>
inline void store_first(T* p, vf a, int64_t left) {
  if (left >= kWidth)
    store(p, a);
  else
    store(p, a, first_lanes(left));
}

template <typename T, bool kAccumulate>
void norm_rows(const NormArgs& a) {
  const float inverse_n = 1.0f / static_cast<float>(a.n);
  for (int64_t r = 0; r < a.rows; ++r) {
    const float* x = a.x + r * a.x_stride;
    T* y = static_cast<T*>(a.y) + r * a.y_stride;
    float mean = 0;
    if (a.centre) {
      vf s = zero();
      for (int64_t i = 0; i < a.n; i += kWidth) s = s + load_first(x + i, a.n - i);
      mean = sum(s) * inverse_n;
    }
    vf squares = zero();
    int64_t i = 0;
    for (; i + kWidth <= a.n; i += kWidth) {
      const vf d = load(x + i) - splat(mean);
      squares = fma(d, d, squares);
    }
    if (i < a.n) {
      const mask m = first_lanes(a.n - i);
      const vf d = select(m, load(x + i, m) - splat(mean), zero());
      squares = fma(d, d, squares);
    }
    const vf scale = splat(1.0f / __builtin_sqrtf(sum(squares) * inverse_n + a.eps));
    for (i = 0; i < a.n; i += kWidth) {
      const int64_t left = a.n - i;
      vf v = (load_first(x + i, left) - splat(mean)) * scale * load_first(a.weight + i, left);
      if (a.bias) v = v + load_first(a.bias + i, left);
      if constexpr (kAccumulate) v = v + load_first(y + i, left);
      store_first(y + i, v, left);
    }
  }
}

}  // namespace

void norm(const NormArgs& a) {
  if (a.y_type == Dtype::bf16)
    norm_rows<bf16, false>(a);
  else if (a.accumulate)
    norm_rows<float, true>(a);
  else
    norm_rows<float, false>(a);
}

}  // namespace EVOSIFT_ISA
}  // namespace evosift
