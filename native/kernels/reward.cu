#include "reward_cuda.h"
#include "rows_cuda.h"

namespace evosift {
namespace cuda {

namespace {

template <typename T>
EVOSIFT_KERNEL(kRowThreads)
reward_kernel(RewardArgs a) {
  const int64_t row = row_index();
  if (row >= a.rows) return;
  const float* x = a.x + row * a.hidden;
  const T* score = static_cast<const T*>(a.score);
  float sum = 0;
  for (int64_t i = 4 * lane_index(); i < a.hidden; i += kStep) {
    const Four v = load4(x, i, a.hidden), w = load4(score, i, a.hidden);
    sum += (v.v[0] * w.v[0] + v.v[1] * w.v[1]) + (v.v[2] * w.v[2] + v.v[3] * w.v[3]);
  }
  sum = warp_sum(sum);
  if (lane_index() == 0) a.out[row] = sum;
}

}  // namespace

void reward(const RewardArgs& args, StreamHandle stream) {
  const LaunchShape shape{row_blocks(args.rows), kRowThreads, 0, stream};
  if (args.score_type == Dtype::bf16)
    launch("reward", reward_kernel<bf16>, shape, args);
  else
    launch("reward", reward_kernel<float>, shape, args);
}

}  // namespace cuda
}  // namespace evosift
