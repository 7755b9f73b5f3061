// How a kernel with CPU bodies is declared: one function an instruction set, in a namespace of that set's name.
// The bodies (*_cpu.cc) are compiled once per set with -DEVOSIFT_ISA=<set>; cpu_kernels.h picks the set at run time.
#pragma once

#include <cstdint>

#define EVOSIFT_CPU_KERNEL(declaration) \
  namespace avx2 {                      \
  declaration;                          \
  }                                     \
  namespace avx512 {                    \
  declaration;                          \
  }                                     \
  namespace avx512_bf16 {               \
  declaration;                          \
  }

namespace evosift {

// What matmul inputs are stored as.
enum class Dtype : int { f32, bf16 };

constexpr int64_t bytes_of(Dtype t) { return t == Dtype::f32 ? 4 : 2; }
constexpr int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

}  // namespace evosift
