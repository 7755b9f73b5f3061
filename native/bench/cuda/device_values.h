// Operands on the device, and on the host what was put there.
#pragma once

#include <utility>

#include "../../device/cuda/runtime.h"
#include "../bench_data.h"

namespace evosift {
namespace cuda {

class DeviceValues {
 public:
  DeviceValues(Values host, Stream& stream)
      : host_(std::move(host)), device_(static_cast<size_t>(host_.bytes())), stream_(&stream) {
    copy_to_device(device_.data(), host_.data(), device_.bytes(), stream);
    stream.wait();
  }

  void* data() const { return device_.data(); }
  float* f32() const { return static_cast<float*>(device_.data()); }
  int64_t bytes() const { return host_.bytes(); }
  const Values& host() const { return host_; }

  // What a kernel has written.
  Values results() const {
    Values values(host_.size(), host_.type());
    copy_to_host(values.data(), device_.data(), device_.bytes(), *stream_);
    stream_->wait();
    return values;
  }

 private:
  Values host_;
  DeviceMemory device_;
  Stream* stream_;
};

// The same of integers and structs.
template <typename T>
class DeviceArray {
 public:
  DeviceArray(const std::vector<T>& host, Stream& stream) : device_(host.size() * sizeof(T)) {
    copy_to_device(device_.data(), host.data(), device_.bytes(), stream);
    stream.wait();
  }
  T* data() const { return static_cast<T*>(device_.data()); }

 private:
  DeviceMemory device_;
};

}  // namespace cuda
}  // namespace evosift
