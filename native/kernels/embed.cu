#include "embed_cuda.h"
#include "rows_cuda.h"

namespace evosift {
namespace cuda {

namespace {

EVOSIFT_DEVICE Four row_of(const void* table, Dtype type, int64_t row, int64_t i, int64_t n) {
  return type == Dtype::bf16 ? load4(static_cast<const bf16*>(table) + row * n, i, n)
                             : load4(static_cast<const float*>(table) + row * n, i, n);
}

EVOSIFT_KERNEL(kRowThreads) embed_kernel(EmbedArgs a) {
  const int64_t row = row_index();
  if (row >= a.rows) return;
  for (int64_t i = 4 * lane_index(); i < a.hidden; i += kStep) {
    Four x = row_of(a.table, a.type, a.tokens[row], i, a.hidden);
    EVOSIFT_UNROLL
    for (float& v : x.v) v *= a.scale;
    if (a.positions) {
      const Four p = row_of(a.positions, a.positions_type, a.token_positions[row], i, a.hidden);
      EVOSIFT_UNROLL
      for (int k = 0; k < 4; ++k) x.v[k] += p.v[k];
    }
    store4(a.x + row * a.hidden, i, a.hidden, x);
  }
}

}  // namespace

void embed(const EmbedArgs& args, StreamHandle stream) {
  launch("embed", embed_kernel, {row_blocks(args.rows), kRowThreads, 0, stream}, args);
}

}  // namespace cuda
}  // namespace evosift
