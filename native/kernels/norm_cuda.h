// norm.h on the device: a warp a row. Without a weight, rows are only rounded to y's type. Rows of x and y are
// contiguous, whatever the strides say.
#pragma once

#include "cuda_launch.h"
#include "norm.h"

namespace evosift {
namespace cuda {

void norm(const NormArgs& args, StreamHandle stream);

}  // namespace cuda
}  // namespace evosift
