#include "activation.h"

#include "simd.h"

namespace evosift {
namespace EVOSIFT_ISA {

namespace {

template <Activation kKind>
inline vf apply(vf x) {
  if constexpr (kKind == Activation::silu) return x * sigmoid(x);
  if constexpr (kKind == Activation::relu) return max(x, zero());
  if constexpr (kKind == Activation::gelu_erf)
    return splat(0.5f) * x * (splat(1.0f) + erf(x * splat(0.70710678118654752f)));
  // x/2 (1 + tanh u) = x sigmoid(2u)
  const vf u = x * fma(x * x, splat(0.044715f * 0.79788456080286536f), splat(0.79788456080286536f));
  return x * sigmoid(u + u);
}

template <Activation kKind, bool kGated, typename T>
void activate(const ActivationArgs& a) {
  for (int64_t r = 0; r < a.rows; ++r) {
    const float* gate = a.in + r * a.n * (kGated ? 2 : 1);
    const float* up = gate + a.n;
    T* out = static_cast<T*>(a.out) + r * a.out_stride;
    int64_t i = 0;
    for (; i + kWidth <= a.n; i += kWidth) {
      vf y = apply<kKind>(load(gate + i));
      if constexpr (kGated) y = y * load(up + i);
      store(out + i, y);
    }
    if (i < a.n) {
      const mask m = first_lanes(a.n - i);
      vf y = apply<kKind>(load(gate + i, m));
      if constexpr (kGated) y = y * load(up + i, m);
      store(out + i, y, m);
    }
  }
}

template <Activation kKind>
void by_layout(const ActivationArgs& a) {
  if (a.out_type == Dtype::bf16)
    a.gated ? activate<kKind, true, bf16>(a) : activate<kKind, false, bf16>(a);
  else
    a.gated ? activate<kKind, true, float>(a) : activate<kKind, false, float>(a);
}

}  // namespace

void activation(const ActivationArgs& a) {
  switch (a.kind) {
    case Activation::silu: return by_layout<Activation::silu>(a);
    case Activation::relu: return by_layout<Activation::relu>(a);
    case Activation::gelu_erf: return by_layout<Activation::gelu_erf>(a);
    case Activation::gelu_tanh: return by_layout<Activation::gelu_tanh>(a);
  }
}

}  // namespace EVOSIFT_ISA
}  // namespace evosift
