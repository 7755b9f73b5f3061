// activation.h on the device; rows of the output are contiguous, whatever the stride says.
#pragma once

#include "activation.h"
#include "cuda_launch.h"

namespace evosift {
namespace cuda {

void activation(const ActivationArgs& args, StreamHandle stream);

}  // namespace cuda
}  // namespace evosift
