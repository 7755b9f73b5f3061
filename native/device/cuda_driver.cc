#include "cuda_driver.h"

#include <dlfcn.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace evosift {

namespace {

// Of cuda.h.
constexpr int kSuccess = 0;
constexpr int kNoDevice = 100;
constexpr int kAttributeMultiprocessors = 16;
constexpr int kAttributeMajor = 75;
constexpr int kAttributeMinor = 76;

struct Api {
  int (*Init)(unsigned flags);
  int (*DriverGetVersion)(int* version);
  int (*GetErrorString)(int error, const char** text);
  int (*DeviceGetCount)(int* count);
  int (*DeviceGet)(int* device, int ordinal);
  int (*DeviceGetName)(char* name, int bytes, int device);
  int (*DeviceTotalMem)(size_t* bytes, int device);
  int (*DeviceGetAttribute)(int* value, int attribute, int device);
};

template <typename F>
bool resolve(void* handle, const char* name, F*& function) {
  function = reinterpret_cast<F*>(dlsym(handle, name));
  return function != nullptr;
}

bool resolve_all(void* handle, Api& api) {
  return resolve(handle, "cuInit", api.Init) && resolve(handle, "cuDriverGetVersion", api.DriverGetVersion) &&
         resolve(handle, "cuGetErrorString", api.GetErrorString) &&
         resolve(handle, "cuDeviceGetCount", api.DeviceGetCount) && resolve(handle, "cuDeviceGet", api.DeviceGet) &&
         resolve(handle, "cuDeviceGetName", api.DeviceGetName) &&
         resolve(handle, "cuDeviceTotalMem_v2", api.DeviceTotalMem) &&
         resolve(handle, "cuDeviceGetAttribute", api.DeviceGetAttribute);
}

void check(const Api& api, int status, const char* what) {
  if (status == kSuccess) return;
  if (status == kNoDevice) throw std::runtime_error("the driver sees no device");
  const char* text = nullptr;
  api.GetErrorString(status, &text);
  throw std::runtime_error(std::string(what) + " fails: " + (text ? text : "error " + std::to_string(status)));
}

CudaDeviceInfo describe(const Api& api, int index) {
  CudaDeviceInfo info{index, "", 0, 0, 0, 0};
  int device = 0;
  char name[256] = "";
  size_t bytes = 0;
  check(api, api.DeviceGet(&device, index), "cuDeviceGet");
  check(api, api.DeviceGetName(name, sizeof name, device), "cuDeviceGetName");
  check(api, api.DeviceTotalMem(&bytes, device), "cuDeviceTotalMem");
  const auto attribute = [&](int& value, int which) {
    check(api, api.DeviceGetAttribute(&value, which, device), "cuDeviceGetAttribute");
  };
  attribute(info.multiprocessors, kAttributeMultiprocessors);
  attribute(info.major, kAttributeMajor);
  attribute(info.minor, kAttributeMinor);
  info.name = name;
  info.memory_bytes = static_cast<int64_t>(bytes);
  return info;
}

// The handle is never closed: the driver keeps threads.
CudaDriver ask() {
  CudaDriver driver;
  void* handle = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  Api api{};
  if (!handle || !resolve_all(handle, api)) {
    driver.fault = handle ? "libcuda.so.1 lacks what is asked of it" : "libcuda.so.1 is not installed";
    return driver;
  }
  driver.loaded = true;
  api.DriverGetVersion(&driver.version);
  try {
    check(api, api.Init(0), "cuInit");
    int count = 0;
    check(api, api.DeviceGetCount(&count), "cuDeviceGetCount");
    for (int i = 0; i < count; ++i) driver.devices.push_back(describe(api, i));
    if (count == 0) driver.fault = "the driver sees no device";
  } catch (const std::exception& failed) {
    driver.devices.clear();
    driver.fault = failed.what();
  }
  return driver;
}

}  // namespace

const CudaDriver& cuda_driver() {
  static const CudaDriver driver = ask();
  return driver;
}

bool has_nvidia_device() {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/bus/pci/devices", ignored)) {
    std::string vendor, kind;
    std::ifstream(entry.path() / "vendor") >> vendor;
    std::ifstream(entry.path() / "class") >> kind;
    // Class 03: display controllers, data centre cards among them.
    if (vendor == "0x10de" && kind.rfind("0x03", 0) == 0) return true;
  }
  return false;
}

}  // namespace evosift
