// Operands for a matmul that is only tried.
#pragma once

#include <cstdint>

#include "../../base/dtype.h"
#include "runtime.h"

namespace evosift {
namespace cuda {

// A prime: a matrix that repeats after so many values has rows that differ.
constexpr int64_t kNoisePeriod = 999983;

// `count` values that repeat `period` values, uniform in [-1, 1); always the same ones.
DeviceMemory device_noise(int64_t count, int64_t period, Dtype dtype, Stream& stream);

}  // namespace cuda
}  // namespace evosift
