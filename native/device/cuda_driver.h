// What NVIDIA's driver says of this machine, asked through libcuda.so.1, which is loaded where it exists.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace evosift {

struct CudaDeviceInfo {
  int index;
  std::string name;
  int64_t memory_bytes;
  int multiprocessors, major, minor;  // major.minor: the compute capability
};

struct CudaDriver {
  bool loaded = false;  // libcuda.so.1 is there, with all that is asked of it
  int version = 0;      // the newest CUDA that it runs, e.g. 13000 is 13.0; 0: unknown
  std::vector<CudaDeviceInfo> devices;
  std::string fault;  // why no device can be listed, a clause; empty where some are
};

// Asks once a process.
const CudaDriver& cuda_driver();

// True where the PCI bus has an NVIDIA display or compute device, driver or not.
bool has_nvidia_device();

}  // namespace evosift
