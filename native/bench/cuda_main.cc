// cuda-kernel-bench OP DEVICE: the kernels of a GPU, all of them where OP is empty. kernel-bench becomes it.
#include <cstdio>
#include <cstdlib>

#include "../device/cuda/cublaslt_gemm.h"
#include "../device/cuda/runtime.h"
#include "bench_output.h"
#include "cuda/cuda_bench.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: cuda-kernel-bench OP DEVICE\n");
    return 2;
  }
  return evosift::print_bench([argv] {
    evosift::cuda::use_device(std::atoi(argv[2]));
    return evosift::cuda::bench_kernels(argv[1], evosift::cuda::device_bench_sizes(),
                                        evosift::cuda::make_cublaslt_gemm);
  });
}
