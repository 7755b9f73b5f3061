// ‖x - y‖², summed directly in double precision: 0 where they are equal, and the same for (x, y) as for (y, x).
#pragma once

#include <cstdint>

namespace evosift {

// Off by at most (n + 2) 2^-53 of itself. The same bits on every instruction set.
double squared_distance(const float* x, const float* y, int64_t n);

}  // namespace evosift
