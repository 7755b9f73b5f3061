#include "cpu_kernels.h"

#include "../base/error.h"
#include "../base/instruction_set.h"

namespace evosift {

namespace {

#define EVOSIFT_KERNELS_OF(isa, has_bf16)                                   \
  {has_bf16,        isa::norm,          isa::rope,          isa::attention, \
   isa::activation, isa::cross_entropy, isa::neighbor_tile, isa::coverage_tile}

const CpuKernels kAvx2 = EVOSIFT_KERNELS_OF(avx2, false);
const CpuKernels kAvx512 = EVOSIFT_KERNELS_OF(avx512, false);
const CpuKernels kAvx512Bf16 = EVOSIFT_KERNELS_OF(avx512_bf16, true);
const CpuKernels kAvx512Amx = [] {
  CpuKernels kernels = kAvx512Bf16;
  kernels.attention = avx512_amx::attention;
  return kernels;
}();

}  // namespace

const CpuKernels& cpu_kernels() {
  switch (instruction_set()) {
    case InstructionSet::avx512_amx: return kAvx512Amx;
    case InstructionSet::avx512_bf16: return kAvx512Bf16;
    case InstructionSet::avx512: return kAvx512;
    case InstructionSet::avx2: return kAvx2;
    case InstructionSet::less: break;
  }
  throw Error("unsupported_platform",
              "the native engine needs a CPU with AVX2; use `engine: onnx` with an ONNX export");
}

}  // namespace evosift
