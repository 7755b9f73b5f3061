#include "cross_entropy.h"

#include <cmath>

namespace evosift {

void cross_entropy_end(const CrossEntropyState* state, int64_t rows, const CrossEntropyResult& out) {
  for (int64_t r = 0; r < rows; ++r) {
    const CrossEntropyState& s = state[r];
    const double log_sum = static_cast<double>(s.max) + std::log(s.sum);
    out.nll[r] = static_cast<float>(log_sum - static_cast<double>(s.target));
    if (out.top1) out.top1[r] = static_cast<float>(1.0 / s.sum);
    if (out.entropy) out.entropy[r] = static_cast<float>(log_sum - s.weighted / s.sum);
  }
}

}  // namespace evosift
