// How long queued work takes on the device.
#pragma once

#include <cstdint>
#include <functional>

#include "runtime.h"

namespace evosift {
namespace cuda {

class DeviceClock {
 public:
  // `flush` bytes are written before each call, so that it finds its operands in memory, and the device awake. `samples`
  // (3 at least) calls are timed.
  DeviceClock(Stream& stream, int64_t flush, int samples);

  // The median of what `work` queues, in seconds, after a warm-up. `before` is queued ahead of each call and not timed.
  double median_seconds(const std::function<void()>& work, const std::function<void()>& before = [] {});

 private:
  static constexpr int kWarmUps = 2;
  static constexpr int kLeastSamples = 3;
  static constexpr double kMostSeconds = 0.3;
  Stream& stream_;
  DeviceMemory flushed_;
  int samples_;
};

}  // namespace cuda
}  // namespace evosift
