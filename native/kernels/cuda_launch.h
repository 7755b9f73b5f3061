// What a launch of a kernel is told; its callers need no CUDA to build.
#pragma once

#include <cstddef>
#include <cstdint>

namespace evosift {
namespace cuda {

constexpr int kWarp = 32;
constexpr uint32_t kWholeWarp = 0xffffffffu;

// What a launch runs on: a cudaStream_t; the host twin's launches have ended when they return.
using StreamHandle = void*;

struct LaunchShape {
  int64_t blocks;
  int threads;  // a multiple of 32
  size_t shared_bytes;
  StreamHandle stream;
};

}  // namespace cuda
}  // namespace evosift
