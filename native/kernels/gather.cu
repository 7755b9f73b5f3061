#include "gather_cuda.h"
#include "rows_cuda.h"

namespace evosift {
namespace cuda {

namespace {

EVOSIFT_KERNEL(kRowThreads) gather_kernel(GatherArgs a) {
  const int64_t row = row_index();
  if (row >= a.rows) return;
  const float* from = a.x + (static_cast<int64_t>(a.positions[row]) - 1) * a.hidden;
  for (int64_t i = 4 * lane_index(); i < a.hidden; i += kStep)
    store4(a.out + row * a.hidden, i, a.hidden, load4(from, i, a.hidden));
}

}  // namespace

void gather(const GatherArgs& args, StreamHandle stream) {
  launch("gather", gather_kernel, {row_blocks(args.rows), kRowThreads, 0, stream}, args);
}

}  // namespace cuda
}  // namespace evosift
