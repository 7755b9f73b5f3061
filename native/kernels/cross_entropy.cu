#include "cross_entropy_cuda.h"
#include "rows_cuda.h"

namespace evosift {
namespace cuda {

namespace {

EVOSIFT_DEVICE float capped(float x, float cap) { return cap > 0 ? cap * tanhf(x / cap) : x; }

// Of columns [i, i + 4); rows are `stride` apart, which is what decides on alignment, and has room for four.
EVOSIFT_DEVICE Four logits_at(const CrossEntropyTile& a, const float* row, int64_t i) {
  Four x = load4(row, i, a.stride);
  if (a.softcap > 0) {
    EVOSIFT_UNROLL
    for (float& v : x.v) v = capped(v, a.softcap);
  }
  return x;
}

EVOSIFT_KERNEL(kRowThreads) cross_entropy_kernel(CrossEntropyTile a) {
  const int64_t row = row_index();
  if (row >= a.rows) return;
  const float* logits = a.logits + row * a.stride;

  // A NaN is no maximum, but it is met again in the sum.
  float top = kLowestLogit;
  for (int64_t i = 4 * lane_index(); i < a.cols; i += kStep) {
    const Four x = logits_at(a, logits, i);
    EVOSIFT_UNROLL
    for (int k = 0; k < 4; ++k) top = i + k < a.cols ? fmaxf(top, x.v[k]) : top;
  }
  CrossEntropyState s = {kLowestLogit, 0.0f, 0.0, 0.0};
  if (a.first_column > 0) s = a.state[row];
  top = fmaxf(warp_max(top), s.max);

  float sum = 0, weighted = 0;
  for (int64_t i = 4 * lane_index(); i < a.cols; i += kStep) {
    const Four x = logits_at(a, logits, i);
    EVOSIFT_UNROLL
    for (int k = 0; k < 4; ++k) {
      const float e = i + k < a.cols ? expf(x.v[k] - top) : 0.0f;
      sum += e;
      weighted += i + k < a.cols ? e * fmaxf(x.v[k], kLowestLogit) : 0.0f;
    }
  }
  sum = warp_sum(sum);
  weighted = warp_sum(weighted);
  if (lane_index() != 0) return;

  const double fade = a.first_column > 0 ? exp(static_cast<double>(s.max) - static_cast<double>(top)) : 0.0;
  s.sum = s.sum * fade + static_cast<double>(sum);
  s.weighted = s.weighted * fade + static_cast<double>(weighted);
  s.max = top;
  const int64_t column = a.targets[row] - a.first_column;
  if (column >= 0 && column < a.cols) s.target = capped(logits[column], a.softcap);
  a.state[row] = s;
  if (a.first_column + a.cols < a.vocab) return;
  const double log_sum = static_cast<double>(s.max) + log(s.sum);
  a.nll[row] = static_cast<float>(log_sum - static_cast<double>(s.target));
  a.top1[row] = static_cast<float>(1.0 / s.sum);
  a.entropy[row] = static_cast<float>(log_sum - s.weighted / s.sum);
}

}  // namespace

void cross_entropy(const CrossEntropyTile& args, StreamHandle stream) {
  launch("cross_entropy", cross_entropy_kernel, {row_blocks(args.rows), kRowThreads, 0, stream}, args);
}

}  // namespace cuda
}  // namespace evosift
