#include "cpu_kernels.h"

#include "../model/error.h"
#include "matmul_onednn.h"

namespace evosift {

namespace {

#define EVOSIFT_KERNELS_OF(isa, has_bf16) \
  {#isa, has_bf16, isa::norm, isa::rope, isa::attention, isa::activation, isa::cross_entropy}

const CpuKernels kAvx2 = EVOSIFT_KERNELS_OF(avx2, false);
const CpuKernels kAvx512 = EVOSIFT_KERNELS_OF(avx512, false);
const CpuKernels kAvx512Bf16 = EVOSIFT_KERNELS_OF(avx512_bf16, true);
const CpuKernels kAvx512Amx = [] {
  CpuKernels kernels = kAvx512Bf16;
  kernels.isa = "avx512_amx";
  kernels.attention = avx512_amx::attention;
  return kernels;
}();

}  // namespace

const CpuKernels& cpu_kernels() {
  switch (matmul_isa()) {
    case MatmulIsa::avx512_amx: return kAvx512Amx;
    case MatmulIsa::avx512_bf16: return kAvx512Bf16;
    case MatmulIsa::avx512: return kAvx512;
    case MatmulIsa::avx2: return kAvx2;
    case MatmulIsa::less: break;
  }
  throw Error("unsupported_platform", "the native engine needs a CPU with AVX2; use --engine onnx with an ONNX export");
}

}  // namespace evosift
