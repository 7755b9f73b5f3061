#include "norm_cuda.h"
#include "rows_cuda.h"

namespace evosift {
namespace cuda {

namespace {

EVOSIFT_DEVICE float mean_of(const float* x, int64_t n) {
  float sum = 0;
  for (int64_t i = 4 * lane_index(); i < n; i += kStep) {
    const Four v = load4(x, i, n);
    sum += (v.v[0] + v.v[1]) + (v.v[2] + v.v[3]);
  }
  return warp_sum(sum) / static_cast<float>(n);
}

EVOSIFT_DEVICE float inverse_deviation(const float* x, int64_t n, float mean, float eps) {
  float squares = 0;
  for (int64_t i = 4 * lane_index(); i < n; i += kStep) {
    const Four v = load4(x, i, n);
    EVOSIFT_UNROLL
    for (int k = 0; k < 4; ++k) {
      const float d = i + k < n ? v.v[k] - mean : 0.0f;
      squares += d * d;
    }
  }
  return 1.0f / sqrtf(warp_sum(squares) / static_cast<float>(n) + eps);
}

template <typename T>
EVOSIFT_KERNEL(kRowThreads)
norm_kernel(NormArgs a) {
  const int64_t row = row_index();
  if (row >= a.rows) return;
  const float* x = a.x + row * a.n;
  T* y = static_cast<T*>(a.y) + row * a.n;
  const float mean = a.centre ? mean_of(x, a.n) : 0.0f;
  const float scale = a.weight ? inverse_deviation(x, a.n, mean, a.eps) : 1.0f;
  for (int64_t i = 4 * lane_index(); i < a.n; i += kStep) {
    Four v = load4(x, i, a.n);
    if (a.weight) {
      const Four w = load4(a.weight, i, a.n);
      EVOSIFT_UNROLL
      for (int k = 0; k < 4; ++k) v.v[k] = (v.v[k] - mean) * scale * w.v[k];
    }
    if (a.bias) {
      const Four b = load4(a.bias, i, a.n);
      EVOSIFT_UNROLL
      for (int k = 0; k < 4; ++k) v.v[k] += b.v[k];
    }
    if (a.accumulate) {
      const Four before = load4(y, i, a.n);
      EVOSIFT_UNROLL
      for (int k = 0; k < 4; ++k) v.v[k] += before.v[k];
    }
    store4(y, i, a.n, v);
  }
}

}  // namespace

void norm(const NormArgs& args, StreamHandle stream) {
  const LaunchShape shape{row_blocks(args.rows), kRowThreads, 0, stream};
  if (args.y_type == Dtype::bf16)
    launch("norm", norm_kernel<bf16>, shape, args);
  else
    launch("norm", norm_kernel<float>, shape, args);
}

}  // namespace cuda
}  // namespace evosift
