// How a kernel with CPU bodies is declared: one function an instruction set, in a namespace of that set's name.
// The bodies (*_cpu.cc) are compiled once per set with -DEVOSIFT_ISA=<set>; cpu_kernels.h picks the set at run time.
#pragma once

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
