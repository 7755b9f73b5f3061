// How the ladder's lower rungs read and write elements of either type, one at a time.
#pragma once

#include "../../kernels/cuda_portability.h"

namespace evosift {
namespace cuda {

EVOSIFT_DEVICE float load(const float* p) { return *p; }
EVOSIFT_DEVICE float load(const bf16* p) { return widen(*p); }
EVOSIFT_DEVICE void store(float* p, float x) { *p = x; }
EVOSIFT_DEVICE void store(bf16* p, float x) { *p = round_to_bf16(x); }

}  // namespace cuda
}  // namespace evosift
