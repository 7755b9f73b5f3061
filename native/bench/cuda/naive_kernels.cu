#include "naive_kernels.h"

namespace evosift {
namespace cuda {

namespace {

constexpr int kThreads = 128;
constexpr int kHeadDim = 64;

LaunchShape threads_for(int64_t count, StreamHandle stream) {
  return {(count + kThreads - 1) / kThreads, kThreads, 0, stream};
}

EVOSIFT_DEVICE int64_t index() { return static_cast<int64_t>(block_index()) * kThreads + thread_index(); }

EVOSIFT_DEVICE float load(const float* p) { return *p; }
EVOSIFT_DEVICE float load(const bf16* p) { return widen(*p); }
EVOSIFT_DEVICE void store(float* p, float x) { *p = x; }
EVOSIFT_DEVICE void store(bf16* p, float x) { *p = round_to_bf16(x); }

template <typename T>
EVOSIFT_KERNEL(kThreads)
matmul_kernel(GemmArgs a) {
  const int64_t i = index();
  if (i >= a.rows * a.out) return;
  const T* x = static_cast<const T*>(a.x) + i / a.out * a.in;
  const T* w = static_cast<const T*>(a.w) + i % a.out * a.in;
  float sum = (a.accumulate ? a.y[i] : 0.0f) + (a.bias ? a.bias[i % a.out] : 0.0f);
  for (int64_t k = 0; k < a.in; ++k) sum += load(x + k) * load(w + k);
  a.y[i] = sum;
}

template <typename T>
EVOSIFT_KERNEL(kThreads)
norm_kernel(NormArgs a) {
  if (index() >= a.rows) return;
  const float* x = a.x + index() * a.n;
  T* y = static_cast<T*>(a.y) + index() * a.n;
  const auto n = static_cast<float>(a.n);
  float mean = 0, squares = 0;
  if (a.centre)
    for (int64_t i = 0; i < a.n; ++i) mean += x[i] / n;
  for (int64_t i = 0; i < a.n; ++i) squares += (x[i] - mean) * (x[i] - mean) / n;
  const float scale = 1.0f / sqrtf(squares + a.eps);
  for (int64_t i = 0; i < a.n; ++i) store(y + i, (x[i] - mean) * scale * a.weight[i] + (a.bias ? a.bias[i] : 0.0f));
}

EVOSIFT_KERNEL(kThreads) cross_entropy_kernel(CrossEntropyTile a) {
  if (index() >= a.rows) return;
  const float* x = a.logits + index() * a.stride;
  float most = x[0], sum = 0;
  for (int64_t i = 1; i < a.cols; ++i) most = fmaxf(most, x[i]);
  for (int64_t i = 0; i < a.cols; ++i) sum += expf(x[i] - most);
  a.nll[index()] = most + logf(sum) - x[a.targets[index()]];
}

template <typename T>
EVOSIFT_KERNEL(kThreads)
attention_kernel(NaiveAttentionArgs a) {
  if (index() >= a.rows * a.heads) return;
  const int64_t row = index() / a.heads, head = index() % a.heads, d = a.head_dim;
  const int64_t width = (a.heads + 2 * a.kv_heads) * d, kv_head = head / (a.heads / a.kv_heads);
  const T* qkv = static_cast<const T*>(a.qkv);
  const T* query = qkv + row * width + head * d;
  float sums[kHeadDim] = {}, most = -INFINITY, total = 0;
  for (int64_t j = row - row % a.length; j <= row; ++j) {
    const T* key = qkv + j * width + (a.heads + kv_head) * d;
    const T* value = key + a.kv_heads * d;
    float score = 0;
    for (int64_t i = 0; i < d; ++i) score += load(query + i) * load(key + i);
    score *= a.scale;
    const float highest = fmaxf(most, score), old = expf(most - highest), weight = expf(score - highest);
    most = highest;
    total = total * old + weight;
    for (int64_t i = 0; i < d; ++i) sums[i] = sums[i] * old + weight * load(value + i);
  }
  T* out = static_cast<T*>(a.out) + index() * d;
  for (int64_t i = 0; i < d; ++i) store(out + i, sums[i] / total);
}

}  // namespace

void naive_matmul(const GemmArgs& args, Dtype dtype, StreamHandle stream) {
  const LaunchShape shape = threads_for(args.rows * args.out, stream);
  if (dtype == Dtype::bf16)
    launch("naive matmul", matmul_kernel<bf16>, shape, args);
  else
    launch("naive matmul", matmul_kernel<float>, shape, args);
}

void naive_norm(const NormArgs& args, StreamHandle stream) {
  const LaunchShape shape = threads_for(args.rows, stream);
  if (args.y_type == Dtype::bf16)
    launch("naive norm", norm_kernel<bf16>, shape, args);
  else
    launch("naive norm", norm_kernel<float>, shape, args);
}

void naive_cross_entropy(const CrossEntropyTile& args, StreamHandle stream) {
  launch("naive cross_entropy", cross_entropy_kernel, threads_for(args.rows, stream), args);
}

void naive_attention(const NaiveAttentionArgs& args, StreamHandle stream) {
  const LaunchShape shape = threads_for(args.rows * args.heads, stream);
  if (args.dtype == Dtype::bf16)
    launch("naive attention", attention_kernel<bf16>, shape, args);
  else
    launch("naive attention", attention_kernel<float>, shape, args);
}

}  // namespace cuda
}  // namespace evosift
