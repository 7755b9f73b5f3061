#include "cuda_library.h"

#include <dlfcn.h>
#include <link.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "../base/error.h"
#include "cuda/cublaslt_library.h"

namespace evosift {

namespace {

using Status = CudaCheck::Status;

// What the library is built with (scripts/cuda-toolkit.sh, cmake/cuda.cmake).
constexpr int kLeastCuda = 13000;
constexpr int kLeastCapability = 80;
constexpr const char* kNewDriver = "580";
constexpr const char* kFile = "libevosift_cuda.so";
constexpr const char* kBuild = "npx evosift doctor --build --cuda";

struct Opened {
  const CudaLibrary* library = nullptr;
  std::string path, fault;
};

// The folder of the binary that this code is in: the addon's, or a program's.
std::filesystem::path own_folder() {
  Dl_info info{};
  link_map* map = nullptr;
  std::error_code failed;
  const auto here = reinterpret_cast<void*>(&own_folder);
  if (dladdr1(here, &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) == 0) return {};
  // A program has no name there.
  const std::filesystem::path binary =
      map->l_name[0] ? map->l_name : std::filesystem::read_symlink("/proc/self/exe", failed);
  return std::filesystem::absolute(binary, failed).parent_path();
}

Opened open() {
  Opened opened;
  const char* named = std::getenv("EVOSIFT_CUDA_LIBRARY");
  opened.path = named && *named ? named : (own_folder() / kFile).string();
  if (!std::filesystem::exists(opened.path)) {
    opened.fault = "there is no " + opened.path;
    return opened;
  }
  void* handle = dlopen(opened.path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!handle) {
    opened.fault = std::string("it does not load: ") + dlerror();
    return opened;
  }
  auto* entry = reinterpret_cast<CudaEntryFunction*>(dlsym(handle, kCudaEntry));
  const CudaEntry* offered = entry ? entry() : nullptr;
  if (!offered || std::strcmp(offered->interface, EVOSIFT_CUDA_INTERFACE) != 0)
    opened.fault = opened.path + " is of another version than the program";
  else
    opened.library = offered->library;
  return opened;
}

const Opened& opened_library() {
  static const Opened opened = open();
  return opened;
}

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

std::string describe(const CudaDeviceInfo& d) {
  return std::to_string(d.index) + ": " + d.name + ", " + std::to_string(d.memory_bytes >> 20) + " MiB, " +
         std::to_string(d.multiprocessors) + " multiprocessors, compute capability " + std::to_string(d.major) + "." +
         std::to_string(d.minor);
}

bool is_new_enough(const CudaDeviceInfo& d) { return d.major * 10 + d.minor >= kLeastCapability; }

CudaCheck check_driver() {
  constexpr const char* name = "cuda driver";
  const CudaDriver& driver = cuda_driver();
  const std::string install = std::string("sudo apt-get install -y nvidia-driver-") + kNewDriver;
  if (driver.version > 0 && driver.version < kLeastCuda)
    return {name, Status::missing,
            "the NVIDIA driver runs CUDA " + version_text(driver.version) + ", and " + version_text(kLeastCuda) +
                " is needed (driver " + kNewDriver + " or newer)",
            install};
  if (driver.devices.empty()) {
    if (has_nvidia_device()) return {name, Status::missing, "there is an NVIDIA GPU, but " + driver.fault, install};
    return {name, Status::absent, "no NVIDIA GPU (" + driver.fault + ")", ""};
  }
  std::string devices;
  bool any = false;
  for (const CudaDeviceInfo& d : driver.devices) {
    devices += "; " + describe(d);
    any = any || is_new_enough(d);
  }
  if (!any) return {name, Status::absent, "no GPU has compute capability 8.0 or more (" + devices.substr(2) + ")", ""};
  return {name, Status::ok, "CUDA " + version_text(driver.version) + devices, ""};
}

CudaCheck check_library() {
  const Opened& opened = opened_library();
  if (opened.library) return {"cuda library", Status::ok, opened.path, ""};
  return {"cuda library", Status::missing, "the CUDA kernels are not built: " + opened.fault, kBuild};
}

CudaCheck check_cublaslt() {
  const cublaslt::Library& found = cublaslt::library();
  if (found.found)
    return {"cublaslt", Status::ok, found.path + ", " + cublaslt::version_text(found.api.GetVersion()), ""};
  std::string tried;
  for (const std::string& place : found.tried) tried += (tried.empty() ? "" : "; ") + place;
  return {"cublaslt", Status::missing, "cuBLASLt is not found (" + tried + ")", cublaslt::kRemedy};
}

}  // namespace

CudaReport check_cuda() {
  CudaReport report;
  for (const auto check : {check_driver, check_library, check_cublaslt}) {
    report.checks.push_back(check());
    if (report.checks.back().status != Status::ok) return report;
  }
  for (const CudaDeviceInfo& d : cuda_driver().devices)
    if (is_new_enough(d)) report.usable.push_back(d.index);
  return report;
}

const CudaLibrary& cuda_library(const std::vector<int>& devices) {
  const CudaCheck last = check_cuda().checks.back();
  if (last.status != Status::ok)
    throw Error("unsupported_device",
                "`device: cuda` cannot be used: " + last.detail + "." +
                    (last.mend.empty() ? " Use `device: cpu` or auto." : "\nMend it with: " + last.mend));
  const std::vector<CudaDeviceInfo>& all = cuda_driver().devices;
  for (const int index : devices) {
    if (index < 0 || static_cast<size_t>(index) >= all.size())
      throw Error("unsupported_device", "there is no CUDA device " + std::to_string(index) + "; there are " +
                                            std::to_string(all.size()) + ", counted from 0");
    const CudaDeviceInfo& device = all[static_cast<size_t>(index)];
    if (!is_new_enough(device))
      throw Error("unsupported_device",
                  "CUDA device " + describe(device) + ": it needs compute capability 8.0 or more");
  }
  return *opened_library().library;
}

}  // namespace evosift
