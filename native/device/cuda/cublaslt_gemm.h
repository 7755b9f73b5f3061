// The matmuls by cuBLASLt.
#pragma once

#include <memory>

#include "../../base/dtype.h"
#include "gemm.h"

namespace evosift {
namespace cuda {

// For the current device and inputs of `dtype`; f32 products are of f32, never of TF32. Throws Error unsupported_device
// where there is no cuBLASLt: the message names every place that was tried.
//
// At the first run of a shape its algorithm is chosen: the first of cuBLASLt's own order whose rows have the same bits
// wherever they stand. That takes memory and waits for the device, so it is to happen outside of a graph's capture.
std::unique_ptr<Gemm> make_cublaslt_gemm(Dtype dtype);

}  // namespace cuda
}  // namespace evosift
