// The matmul of the host twin: a plain loop, which sums in f32 in the order of `in`.
#pragma once

#include <memory>

#include "../base/dtype.h"
#include "../device/cuda/gemm.h"

namespace evosift {
namespace cuda {

std::unique_ptr<Gemm> make_gemm_twin(Dtype dtype);

}  // namespace cuda
}  // namespace evosift
