// libevosift_cuda.so: everything that needs CUDA, in a library of its own that is loaded where there is a device. One addon
// serves machines with and without.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cuda_driver.h"
#include "operations.h"

namespace evosift {

// What the library offers. Objects of C++ pass between it and its user, so both are built from the same sources.
class CudaLibrary {
 public:
  virtual ~CudaLibrary() = default;
  // `architecture` must outlive the device; `step_rows` as in CudaOptions. Throws Error unsupported_device,
  // unsupported_dtype, engine_failed.
  virtual std::unique_ptr<Device> device(const Architecture& architecture, Dtype dtype, int ordinal,
                                         int64_t step_rows) const = 0;
  // GFLOP/s of y = x W^T, as measure_matmul of native/kernels/matmul_onednn.h.
  virtual double measure_matmul(Dtype dtype, int64_t rows, int64_t out, int64_t in, int ordinal) const = 0;
};

// What the library's one symbol, kCudaEntry, returns.
struct CudaEntry {
  const char* interface;  // EVOSIFT_CUDA_INTERFACE of its build
  const CudaLibrary* library;
};
using CudaEntryFunction = const CudaEntry*();
constexpr const char* kCudaEntry = "evosift_cuda_library";

// One thing that --device cuda needs.
struct CudaCheck {
  enum class Status { ok, missing, absent };  // as in src/engine/native/doctor.ts
  const char* name;
  Status status;
  std::string detail;
  std::string mend;  // a command, or empty

  const char* status_name() const {
    return status == Status::ok ? "ok" : status == Status::missing ? "missing" : "absent";
  }
};

struct CudaReport {
  std::vector<CudaCheck>
      checks;               // the driver and its devices, the library, cuBLASLt; up to the first that is not there
  std::vector<int> usable;  // devices; none where a check is not ok
};
// Asks the driver and the loader; nothing is touched on a device.
CudaReport check_cuda();

// The library, where all of the above are there and so are the devices. Throws Error unsupported_device, which says what
// is missing and the command that mends it.
const CudaLibrary& cuda_library(const std::vector<int>& devices);

}  // namespace evosift
