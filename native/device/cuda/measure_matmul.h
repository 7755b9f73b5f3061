// What a device reaches on a matmul alone: the ceiling that throughput is measured against.
#pragma once

#include "../../base/dtype.h"
#include "gemm.h"

namespace evosift {
namespace cuda {

// GFLOP/s of y = x W^T on noise, the operands in the cache as far as they fit. Of the calling thread's device.
double measure_matmul(Gemm& gemm, Dtype dtype, int64_t rows, int64_t out, int64_t in);

}  // namespace cuda
}  // namespace evosift
