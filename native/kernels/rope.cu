#include "rope_cuda.h"
#include "rows_cuda.h"

namespace evosift {
namespace cuda {

namespace {

EVOSIFT_DEVICE float inverse_rms(const float* x, int64_t n, float eps) {
  float squares = 0;
  for (int64_t i = lane_index(); i < n; i += kWarp) squares += x[i] * x[i];
  return 1.0f / sqrtf(warp_sum(squares) / static_cast<float>(n) + eps);
}

// One of q's or k's norms: weight null where there is none.
struct HeadNorm {
  const float* weight;
  float scale;
  EVOSIFT_DEVICE float operator()(float x, int64_t i) const { return weight ? x * scale * weight[i] : x; }
};

template <typename T>
struct Row {
  const RopeArgs& a;
  float angle_scale;

  EVOSIFT_DEVICE void head(const float* x, T* y, const HeadNorm& norm) const {
    const int64_t half = a.inverse_frequencies ? a.rotary_dim / 2 : 0;
    for (int64_t i = lane_index(); i < half; i += kWarp) {
      float sin, cos;
      sincosf(angle_scale * a.inverse_frequencies[i], &sin, &cos);
      const float first = norm(x[i], i), second = norm(x[half + i], half + i);
      store1(y + i, first * cos - second * sin);
      store1(y + half + i, second * cos + first * sin);
    }
    for (int64_t i = 2 * half + lane_index(); i < a.head_dim; i += kWarp) store1(y + i, norm(x[i], i));
  }

  EVOSIFT_DEVICE void heads(const float* x, T* y, int64_t count, const float* weight) const {
    const float whole = weight && a.norm_full_width ? inverse_rms(x, count * a.head_dim, a.norm_eps) : 1.0f;
    for (int64_t h = 0; h < count; ++h) {
      const float* from = x + h * a.head_dim;
      HeadNorm norm{weight, whole};
      if (weight && a.norm_full_width) norm.weight = weight + h * a.head_dim;
      if (weight && !a.norm_full_width) norm.scale = inverse_rms(from, a.head_dim, a.norm_eps);
      head(from, y + h * a.head_dim, norm);
    }
  }
};

template <typename T>
EVOSIFT_KERNEL(kRowThreads)
rope_kernel(RopeArgs a) {
  const int64_t row = row_index();
  if (row >= a.rows) return;
  const int64_t q = a.heads * a.head_dim, kv = a.kv_heads * a.head_dim;
  const float* x = a.wide + row * (q + 2 * kv);
  T* y = static_cast<T*>(a.out) + row * (q + 2 * kv);
  const Row<T> of_row{a, static_cast<float>(a.positions[row])};
  of_row.heads(x, y, a.heads, a.q_norm);
  of_row.heads(x + q, y + q, a.kv_heads, a.k_norm);
  for (int64_t i = lane_index(); i < kv; i += kWarp) store1(y + q + kv + i, x[q + kv + i]);
}

}  // namespace

void rope(const RopeArgs& args, StreamHandle stream) {
  const LaunchShape shape{row_blocks(args.rows), kRowThreads, 0, stream};
  if (args.out_type == Dtype::bf16)
    launch("rope", rope_kernel<bf16>, shape, args);
  else
    launch("rope", rope_kernel<float>, shape, args);
}

}  // namespace cuda
}  // namespace evosift
