#include "activation_cuda.h"
#include "rows_cuda.h"

namespace evosift {
namespace cuda {

namespace {

EVOSIFT_DEVICE float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

EVOSIFT_DEVICE float apply(Activation kind, float x) {
  switch (kind) {
    case Activation::silu: return x * sigmoid(x);
    case Activation::relu: return fmaxf(x, 0.0f);
    case Activation::gelu_erf: return 0.5f * x * (1.0f + erff(x * 0.70710678118654752f));
    case Activation::gelu_tanh: break;
  }
  // x/2 (1 + tanh u) = x sigmoid(2u)
  return x * sigmoid(2.0f * 0.79788456080286536f * (x + 0.044715f * x * x * x));
}

template <typename T>
EVOSIFT_KERNEL(kRowThreads)
activation_kernel(ActivationArgs a) {
  const int64_t row = row_index();
  if (row >= a.rows) return;
  const float* in = a.in + row * a.n * (a.gated ? 2 : 1);
  T* out = static_cast<T*>(a.out) + row * a.n;
  for (int64_t i = 4 * lane_index(); i < a.n; i += kStep) {
    Four x = load4(in, i, a.n);
    EVOSIFT_UNROLL
    for (float& v : x.v) v = apply(a.kind, v);
    if (a.gated) {
      const Four up = load4(in + a.n, i, a.n);
      EVOSIFT_UNROLL
      for (int k = 0; k < 4; ++k) x.v[k] *= up.v[k];
    }
    store4(out, i, a.n, x);
  }
}

}  // namespace

void activation(const ActivationArgs& args, StreamHandle stream) {
  const LaunchShape shape{row_blocks(args.rows), kRowThreads, 0, stream};
  if (args.out_type == Dtype::bf16)
    launch("activation", activation_kernel<bf16>, shape, args);
  else
    launch("activation", activation_kernel<float>, shape, args);
}

}  // namespace cuda
}  // namespace evosift
