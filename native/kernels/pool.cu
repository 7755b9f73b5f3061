#include "pool_cuda.h"
#include "rows_cuda.h"

namespace evosift {
namespace cuda {

namespace {

// A warp does 128 columns of a sequence: neighbours in a block share its rows.
EVOSIFT_KERNEL(kRowThreads) pool_kernel(PoolArgs a) {
  const int64_t strips = (a.hidden + kStep - 1) / kStep, strip = row_index();
  if (strip >= a.sequences * strips) return;
  const int64_t sequence = strip / strips, i = strip % strips * kStep + 4 * lane_index();
  if (i >= a.hidden) return;
  const int64_t from = a.starts[sequence], to = a.starts[sequence + 1];
  Four sum{{0, 0, 0, 0}};
  for (int64_t row = from; row < to; ++row) {
    const Four x = load4(a.x + row * a.hidden, i, a.hidden);
    EVOSIFT_UNROLL
    for (int k = 0; k < 4; ++k) sum.v[k] += x.v[k];
  }
  EVOSIFT_UNROLL
  for (float& v : sum.v) v /= static_cast<float>(to - from);
  store4(a.out + sequence * a.hidden, i, a.hidden, sum);
}

}  // namespace

void pool(const PoolArgs& args, StreamHandle stream) {
  const int64_t strips = (args.hidden + kStep - 1) / kStep;
  launch("pool", pool_kernel, {row_blocks(args.sequences * strips), kRowThreads, 0, stream}, args);
}

}  // namespace cuda
}  // namespace evosift
