// The CPU: oneDNN matmuls and the kernels of cpu_kernels.h.
#pragma once

#include <memory>

#include "operations.h"

namespace evosift {

// `architecture` must outlive the device. Throws Error unsupported_dtype for bf16 on a CPU without AVX512_BF16,
// unsupported_platform below AVX2.
std::unique_ptr<Device> make_cpu_device(const Architecture& architecture, Dtype dtype);

// bf16 where the CPU multiplies it, else f32.
Dtype best_cpu_dtype();

}  // namespace evosift
