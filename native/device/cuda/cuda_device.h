// The CUDA device: the decoder's operations on one GPU (or, with other bodies below, on the host twin).
#pragma once

#include <memory>

#include "../operations.h"
#include "gemm.h"

namespace evosift {

struct CudaOptions {
  int ordinal = 0;
  Dtype dtype = Dtype::bf16;
  int64_t step_rows = 0;                     // tokens a step, a multiple of 128; 0: chosen by measuring
  int64_t logit_bytes = int64_t{256} << 20;  // for a tile of the head's output
};

// `architecture` must outlive the device. Throws Error unsupported_architecture for heads of more than 256 dimensions,
// engine_failed where the GPU does not give what is needed.
std::unique_ptr<Device> make_cuda_device(const Architecture& architecture, const CudaOptions& options,
                                         std::unique_ptr<Gemm> gemm);

}  // namespace evosift
