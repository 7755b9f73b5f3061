// The matmul that the layers and the head run on: cublasLt on a GPU, a plain loop on the host twin.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace evosift {

struct GemmArgs {
  const void* x;      // [rows, in] of the device's dtype; all contiguous, in device memory
  const void* w;      // [out, in] of the same
  const float* bias;  // [out] or null
  float* y;           // [rows, out]
  int64_t rows, out, in;
  bool accumulate;  // y += x w^T + bias
};

// One object a device, shared by its lanes and their threads. The bits of a row of y depend on that row of x and on the
// shape, never on its place: one shape, one algorithm, chosen at its first run. Later runs may be recorded into a graph,
// so they neither allocate nor wait.
class Gemm {
 public:
  virtual ~Gemm() = default;
  // For the manifest, e.g. "cublasLt 13.0.2".
  virtual std::string name() const = 0;
  // What a lane brings to run().
  virtual size_t workspace_bytes() const = 0;
  // Throws Error engine_failed. `stream` is a cudaStream_t.
  virtual void run(const GemmArgs& args, void* workspace, void* stream) = 0;
  // gelu_tanh(x w^T + bias), rounded: to `y` [rows, out] of bf16, instead of args.y, of a bf16 device. False, with nothing
  // queued, where that is not to be had in one go.
  virtual bool run_gelu(const GemmArgs&, void* /*y*/, void* /*workspace*/, void* /*stream*/) { return false; }
};

}  // namespace evosift
