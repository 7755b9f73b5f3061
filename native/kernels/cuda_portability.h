// Where the kernels meet their machine. Whatever a kernel or its launch asks of CUDA has a name here, with two bodies:
// CUDA's own, below, and the host twin's (native/host_twin), which runs the same kernel sources on the CPU, so that
// their numbers, bounds and synchronisation are tested where there is no GPU.
//
//   EVOSIFT_KERNEL(threads), EVOSIFT_DEVICE, EVOSIFT_UNROLL   how kernels, their functions and their loops are marked
//   thread_index, block_index, block_count                    one-dimensional
//   block_memory<T>()                                         the block's dynamic shared memory, 16-byte aligned
//   sync_block, sync_warp, shfl, shfl_xor                     every lane of `mask` takes part, at the same call
//   ldmatrix, ldmatrix_transposed, mma_bf16_16816             whole warps; fragments as in PTX ISA 7.0, 9.7.13
//   cp_async, cp_async_commit, cp_async_wait<N>               16 bytes, global to shared; N groups may still be on the way
//   atomic_add                                                the value before it
//   widen, round_to_bf16, bf16_pair                           bf16 <-> f32, to nearest even
//   launch(name, kernel, shape, args...)                      throws Error engine_failed
#pragma once

#include <cstddef>
#include <cstdint>

#include "../base/bf16.h"
#include "cuda_launch.h"

#ifndef __CUDACC__
#include <host_twin.h>  // from the include path of the build that has the twin
#else

#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <string>

#include "../base/error.h"

#define EVOSIFT_KERNEL(threads) static __global__ void __launch_bounds__(threads)
#define EVOSIFT_DEVICE __device__ __forceinline__
#define EVOSIFT_UNROLL _Pragma("unroll")

namespace evosift {
namespace cuda {

EVOSIFT_DEVICE int thread_index() { return static_cast<int>(threadIdx.x); }
EVOSIFT_DEVICE int block_index() { return static_cast<int>(blockIdx.x); }
EVOSIFT_DEVICE int block_count() { return static_cast<int>(gridDim.x); }

template <typename T>
EVOSIFT_DEVICE T* block_memory() {
  extern __shared__ __align__(16) unsigned char evosift_block_memory[];
  return reinterpret_cast<T*>(evosift_block_memory);
}

EVOSIFT_DEVICE void sync_block() { __syncthreads(); }
EVOSIFT_DEVICE void sync_warp(uint32_t mask = kWholeWarp) { __syncwarp(mask); }

template <typename T>
EVOSIFT_DEVICE T shfl(T value, int lane, uint32_t mask = kWholeWarp) {
  return __shfl_sync(mask, value, lane);
}
template <typename T>
EVOSIFT_DEVICE T shfl_xor(T value, int lanes, uint32_t mask = kWholeWarp) {
  return __shfl_xor_sync(mask, value, lanes);
}

// Four 8x8 matrices of bf16, to registers. Lane 8i + r gives the address of row r of matrix i, 16-byte aligned.
EVOSIFT_DEVICE void ldmatrix(uint32_t (&r)[4], const bf16* row) {
  const auto address = static_cast<uint32_t>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(address)
               : "memory");
}
EVOSIFT_DEVICE void ldmatrix_transposed(uint32_t (&r)[4], const bf16* row) {
  const auto address = static_cast<uint32_t>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(address)
               : "memory");
}

// d[16, 8] += a[16, 16] b[16, 8], accumulated in f32.
EVOSIFT_DEVICE void mma_bf16_16816(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// 16 bytes, or 16 zeros where not `inside` (`from` is then not read).
EVOSIFT_DEVICE void cp_async(void* to, const void* from, bool inside) {
  const auto address = static_cast<uint32_t>(__cvta_generic_to_shared(to));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(from), "r"(inside ? 16 : 0)
               : "memory");
}
EVOSIFT_DEVICE void cp_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int kGroups>
EVOSIFT_DEVICE void cp_async_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kGroups) : "memory");
}

EVOSIFT_DEVICE int atomic_add(int* to, int value) { return atomicAdd(to, value); }

EVOSIFT_DEVICE float widen(bf16 x) { return __uint_as_float(static_cast<uint32_t>(x.bits) << 16); }
EVOSIFT_DEVICE bf16 round_to_bf16(float x) { return {__bfloat16_as_ushort(__float2bfloat16_rn(x))}; }
EVOSIFT_DEVICE uint32_t bf16_pair(float low, float high) {
  uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
}

inline void check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  throw Error("engine_failed", std::string("the GPU failed in ") + what + ": " + cudaGetErrorString(status));
}

template <typename... Parameters, typename... Arguments>
void launch(const char* name, void (*kernel)(Parameters...), const LaunchShape& shape, const Arguments&... arguments) {
  // Beyond 48 KiB a kernel has to ask.
  if (shape.shared_bytes > 48 * 1024)
    check(
        cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shape.shared_bytes)),
        name);
  kernel<<<static_cast<unsigned>(shape.blocks), static_cast<unsigned>(shape.threads), shape.shared_bytes,
           static_cast<cudaStream_t>(shape.stream)>>>(static_cast<Parameters>(arguments)...);
  check(cudaGetLastError(), name);
}

}  // namespace cuda
}  // namespace evosift

#endif
