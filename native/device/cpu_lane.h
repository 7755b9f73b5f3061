// A thread's buffers and the decoder's operations on them, by oneDNN matmuls and the kernels of cpu_kernels.h.
#pragma once

#include <memory>

#include "../kernels/matmul.h"
#include "operations.h"

namespace evosift {

// `architecture` and `matmuls` outlive the lane; weights are those of cpu_weights.h.
std::unique_ptr<Lane> make_cpu_lane(const Architecture& architecture, const Matmuls& matmuls);

}  // namespace evosift
