// What libevosift_cuda.so hands to the addon and to the programs: its one exported symbol.
#include "../device/cuda/cublaslt_gemm.h"
#include "../device/cuda/cuda_device.h"
#include "../device/cuda/measure_matmul.h"
#include "../device/cuda/runtime.h"
#include "../device/cuda_library.h"

namespace evosift {

namespace {

class Library : public CudaLibrary {
 public:
  std::unique_ptr<Device> device(const Architecture& architecture, Dtype dtype, int ordinal,
                                 int64_t step_rows) const override {
    cuda::use_device(ordinal);
    return make_cuda_device(architecture, {ordinal, dtype, step_rows}, cuda::make_cublaslt_gemm(dtype));
  }

  double measure_matmul(Dtype dtype, int64_t rows, int64_t out, int64_t in, int ordinal) const override {
    cuda::use_device(ordinal);
    const auto gemm = cuda::make_cublaslt_gemm(dtype);
    return cuda::measure_matmul(*gemm, dtype, rows, out, in);
  }
};

}  // namespace

}  // namespace evosift

extern "C" __attribute__((visibility("default"))) const evosift::CudaEntry* evosift_cuda_library() {
  static const evosift::Library library;
  static const evosift::CudaEntry entry{EVOSIFT_CUDA_INTERFACE, &library};
  return &entry;
}
