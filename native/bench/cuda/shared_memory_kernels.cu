#include "shared_memory_kernels.h"

#include "elements.h"

namespace evosift {
namespace cuda {

namespace {

// Matmul: panels of kDepth elements of 64 rows of x and of w, [kDepth, kTile]. One more a line, so that a thread's
// neighbours write to other banks.
constexpr int kTile = 64, kDepth = 16, kLine = kTile + 1;
constexpr int kMatmulThreads = 256, kSide = 16, kOwn = kTile / kSide;

template <typename T>
EVOSIFT_DEVICE void load_panel(float* panel, const void* matrix, int64_t first_row, int64_t rows, int64_t first,
                               int64_t in) {
  const T* from = static_cast<const T*>(matrix);
  for (int e = thread_index(); e < kTile * kDepth; e += kMatmulThreads) {
    const int64_t row = first_row + e / kDepth, k = first + e % kDepth;
    panel[e % kDepth * kLine + e / kDepth] = row < rows && k < in ? load(from + row * in + k) : 0.0f;
  }
}

template <typename T>
EVOSIFT_KERNEL(kMatmulThreads)
matmul_kernel(GemmArgs a) {
  float* x = block_memory<float>();
  float* w = x + kDepth * kLine;
  const int64_t across = (a.out + kTile - 1) / kTile;
  const int64_t first_row = block_index() / across * kTile, first_column = block_index() % across * kTile;
  const int own_row = thread_index() / kSide, own_column = thread_index() % kSide;
  float sums[kOwn][kOwn] = {};
  for (int64_t first = 0; first < a.in; first += kDepth) {
    load_panel<T>(x, a.x, first_row, a.rows, first, a.in);
    load_panel<T>(w, a.w, first_column, a.out, first, a.in);
    sync_block();
    for (int k = 0; k < kDepth; ++k) {
      EVOSIFT_UNROLL
      for (int i = 0; i < kOwn; ++i) {
        EVOSIFT_UNROLL
        for (int j = 0; j < kOwn; ++j)
          sums[i][j] += x[k * kLine + own_row + kSide * i] * w[k * kLine + own_column + kSide * j];
      }
    }
    sync_block();
  }
  EVOSIFT_UNROLL
  for (int i = 0; i < kOwn; ++i) {
    EVOSIFT_UNROLL
    for (int j = 0; j < kOwn; ++j) {
      const int64_t row = first_row + own_row + kSide * i, column = first_column + own_column + kSide * j;
      if (row >= a.rows || column >= a.out) continue;
      float& y = a.y[row * a.out + column];
      y = (a.accumulate ? y : 0.0f) + (a.bias ? a.bias[column] : 0.0f) + sums[i][j];
    }
  }
}

constexpr int kRowThreads = 128;

struct Add {
  EVOSIFT_DEVICE float operator()(float a, float b) const { return a + b; }
};
struct Max {
  EVOSIFT_DEVICE float operator()(float a, float b) const { return fmaxf(a, b); }
};

// Of what the block's threads bring, by halves; every thread gets it.
template <typename Operation>
EVOSIFT_DEVICE float block_reduce(float x, const Operation& operation) {
  float* partial = block_memory<float>();
  partial[thread_index()] = x;
  sync_block();
  for (int half = kRowThreads / 2; half > 0; half /= 2) {
    if (thread_index() < half)
      partial[thread_index()] = operation(partial[thread_index()], partial[thread_index() + half]);
    sync_block();
  }
  const float result = partial[0];
  sync_block();
  return result;
}

template <typename T>
EVOSIFT_KERNEL(kRowThreads)
norm_kernel(NormArgs a) {
  const float* x = a.x + block_index() * a.n;
  T* y = static_cast<T*>(a.y) + block_index() * a.n;
  const auto n = static_cast<float>(a.n);
  float sum = 0, squares = 0;
  if (a.centre)
    for (int64_t i = thread_index(); i < a.n; i += kRowThreads) sum += x[i];
  const float mean = block_reduce(sum, Add{}) / n;
  for (int64_t i = thread_index(); i < a.n; i += kRowThreads) squares += (x[i] - mean) * (x[i] - mean);
  const float scale = 1.0f / sqrtf(block_reduce(squares, Add{}) / n + a.eps);
  for (int64_t i = thread_index(); i < a.n; i += kRowThreads)
    store(y + i, (x[i] - mean) * scale * a.weight[i] + (a.bias ? a.bias[i] : 0.0f));
}

EVOSIFT_KERNEL(kRowThreads) cross_entropy_kernel(CrossEntropyTile a) {
  const float* x = a.logits + block_index() * a.stride;
  float most = x[0], sum = 0;
  for (int64_t i = thread_index(); i < a.cols; i += kRowThreads) most = fmaxf(most, x[i]);
  most = block_reduce(most, Max{});
  for (int64_t i = thread_index(); i < a.cols; i += kRowThreads) sum += expf(x[i] - most);
  sum = block_reduce(sum, Add{});
  if (thread_index() == 0) a.nll[block_index()] = most + logf(sum) - x[a.targets[block_index()]];
}

constexpr int kQueries = 64, kKeys = 32, kHeadDim = 64;

template <typename T>
EVOSIFT_KERNEL(kQueries)
attention_kernel(EqualSequencesArgs a, int64_t tiles) {
  float* keys = block_memory<float>();
  float* values = keys + kKeys * kHeadDim;
  const int64_t head = block_index() % a.heads, tile = block_index() / a.heads;
  const int64_t sequence = tile / tiles, first_query = tile % tiles * kQueries, query = first_query + thread_index();
  const int64_t d = a.head_dim, width = (a.heads + 2 * a.kv_heads) * d, kv_head = head / (a.heads / a.kv_heads);
  const T* rows = static_cast<const T*>(a.qkv) + sequence * a.length * width;
  const int64_t end = first_query + kQueries < a.length ? first_query + kQueries : a.length;
  float q[kHeadDim], sums[kHeadDim], most = -INFINITY, total = 0;
  EVOSIFT_UNROLL
  for (int i = 0; i < kHeadDim; ++i) {
    q[i] = query < end && i < d ? load(rows + query * width + head * d + i) : 0.0f;
    sums[i] = 0;
  }
  for (int64_t first = 0; first < end; first += kKeys) {
    for (int e = thread_index(); e < kKeys * kHeadDim; e += kQueries) {
      const int64_t key = first + e / kHeadDim, i = e % kHeadDim;
      const T* from = rows + key * width + (a.heads + kv_head) * d + i;
      const bool inside = key < end && i < d;
      keys[e] = inside ? load(from) : 0.0f;
      values[e] = inside ? load(from + a.kv_heads * d) : 0.0f;
    }
    sync_block();
    for (int j = 0; j < kKeys && first + j <= query; ++j) {
      float score = 0;
      EVOSIFT_UNROLL
      for (int i = 0; i < kHeadDim; ++i) score += q[i] * keys[j * kHeadDim + i];
      score *= a.scale;
      const float highest = fmaxf(most, score), old = expf(most - highest), weight = expf(score - highest);
      most = highest;
      total = total * old + weight;
      EVOSIFT_UNROLL
      for (int i = 0; i < kHeadDim; ++i) sums[i] = sums[i] * old + weight * values[j * kHeadDim + i];
    }
    sync_block();
  }
  if (query >= end) return;
  T* out = static_cast<T*>(a.out) + ((sequence * a.length + query) * a.heads + head) * d;
  EVOSIFT_UNROLL
  for (int i = 0; i < kHeadDim; ++i)
    if (i < d) store(out + i, sums[i] / total);
}

}  // namespace

void shared_memory_matmul(const GemmArgs& args, Dtype dtype, StreamHandle stream) {
  const int64_t blocks = ((args.rows + kTile - 1) / kTile) * ((args.out + kTile - 1) / kTile);
  const LaunchShape shape{blocks, kMatmulThreads, 2 * kDepth * kLine * sizeof(float), stream};
  if (dtype == Dtype::bf16)
    launch("shared memory matmul", matmul_kernel<bf16>, shape, args);
  else
    launch("shared memory matmul", matmul_kernel<float>, shape, args);
}

void shared_memory_norm(const NormArgs& args, StreamHandle stream) {
  const LaunchShape shape{args.rows, kRowThreads, kRowThreads * sizeof(float), stream};
  if (args.y_type == Dtype::bf16)
    launch("shared memory norm", norm_kernel<bf16>, shape, args);
  else
    launch("shared memory norm", norm_kernel<float>, shape, args);
}

void shared_memory_cross_entropy(const CrossEntropyTile& args, StreamHandle stream) {
  launch("shared memory cross_entropy", cross_entropy_kernel,
         {args.rows, kRowThreads, kRowThreads * sizeof(float), stream}, args);
}

void shared_memory_attention(const EqualSequencesArgs& args, StreamHandle stream) {
  const int64_t tiles = (args.length + kQueries - 1) / kQueries, blocks = args.rows / args.length * tiles * args.heads;
  const LaunchShape shape{blocks, kQueries, 2 * kKeys * kHeadDim * sizeof(float), stream};
  if (args.dtype == Dtype::bf16)
    launch("shared memory attention", attention_kernel<bf16>, shape, args, tiles);
  else
    launch("shared memory attention", attention_kernel<float>, shape, args, tiles);
}

}  // namespace cuda
}  // namespace evosift
