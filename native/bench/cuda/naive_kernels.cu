#include "naive_kernels.h"

#include "elements.h"

namespace evosift {
namespace cuda {

namespace {

constexpr int kThreads = 128;
constexpr int kHeadDim = 64;

LaunchShape threads_for(int64_t count, StreamHandle stream) {
  return {(count + kThreads - 1) / kThreads, kThreads, 0, stream};
}

EVOSIFT_DEVICE int64_t index() { return static_cast<int64_t>(block_index()) * kThreads + thread_index(); }

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

template <typename T>
EVOSIFT_KERNEL(kThreads)
rope_kernel(RopeArgs a) {
  const int64_t all = a.heads + 2 * a.kv_heads, row = index() / all, head = index() % all, d = a.head_dim;
  if (row >= a.rows) return;
  const float* x = a.wide + index() * d;
  T* y = static_cast<T*>(a.out) + index() * d;
  const bool turns = a.inverse_frequencies && head < a.heads + a.kv_heads;
  const int64_t half = turns ? a.rotary_dim / 2 : 0;
  for (int64_t i = 0; i < half; ++i) {
    const float angle = static_cast<float>(a.positions[row]) * a.inverse_frequencies[i];
    store(y + i, x[i] * cosf(angle) - x[half + i] * sinf(angle));
    store(y + half + i, x[half + i] * cosf(angle) + x[i] * sinf(angle));
  }
  for (int64_t i = 2 * half; i < d; ++i) store(y + i, x[i]);
}

EVOSIFT_DEVICE float apply(Activation kind, float x) {
  switch (kind) {
    case Activation::silu: return x / (1.0f + expf(-x));
    case Activation::relu: return fmaxf(x, 0.0f);
    case Activation::gelu_erf: return 0.5f * x * (1.0f + erff(x * 0.70710678118654752f));
    case Activation::gelu_tanh: break;
  }
  return 0.5f * x * (1.0f + tanhf(0.79788456080286536f * (x + 0.044715f * x * x * x)));
}

template <typename T>
EVOSIFT_KERNEL(kThreads)
activation_kernel(ActivationArgs a) {
  if (index() >= a.rows * a.n) return;
  const int64_t row = index() / a.n, i = index() % a.n;
  const float* in = a.in + row * a.n * (a.gated ? 2 : 1);
  store(static_cast<T*>(a.out) + index(), apply(a.kind, in[i]) * (a.gated ? in[a.n + i] : 1.0f));
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
attention_kernel(EqualSequencesArgs a) {
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

void naive_rope(const RopeArgs& args, StreamHandle stream) {
  const LaunchShape shape = threads_for(args.rows * (args.heads + 2 * args.kv_heads), stream);
  if (args.out_type == Dtype::bf16)
    launch("naive rope", rope_kernel<bf16>, shape, args);
  else
    launch("naive rope", rope_kernel<float>, shape, args);
}

void naive_activation(const ActivationArgs& args, StreamHandle stream) {
  const LaunchShape shape = threads_for(args.rows * args.n, stream);
  if (args.out_type == Dtype::bf16)
    launch("naive activation", activation_kernel<bf16>, shape, args);
  else
    launch("naive activation", activation_kernel<float>, shape, args);
}

void naive_cross_entropy(const CrossEntropyTile& args, StreamHandle stream) {
  launch("naive cross_entropy", cross_entropy_kernel, threads_for(args.rows, stream), args);
}

void naive_attention(const EqualSequencesArgs& args, StreamHandle stream) {
  const LaunchShape shape = threads_for(args.rows * args.heads, stream);
  if (args.dtype == Dtype::bf16)
    launch("naive attention", attention_kernel<bf16>, shape, args);
  else
    launch("naive attention", attention_kernel<float>, shape, args);
}

}  // namespace cuda
}  // namespace evosift
