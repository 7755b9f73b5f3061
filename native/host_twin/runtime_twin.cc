// device/cuda/runtime.h on the host: device memory is the heap's, and a stream's work is done when it is queued.
#include "../device/cuda/runtime.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <new>

namespace evosift {
namespace cuda {

namespace {

// So that AddressSanitizer guards its end.
void* allocate_exactly(size_t bytes) {
  void* data = nullptr;
  if (posix_memalign(&data, 256, bytes ? bytes : 1) != 0) throw std::bad_alloc();
  std::memset(data, 0xff, bytes);
  return data;
}

}  // namespace

void use_device(int) {}
DeviceLimits device_limits() { return {"host twin", 2, size_t{1} << 32}; }

Stream::Stream() = default;
Stream::~Stream() = default;
void Stream::wait() {}

void* DeviceAllocator::allocate(size_t bytes) { return allocate_exactly(bytes); }
void DeviceAllocator::operator()(void* data) const { std::free(data); }

void* PinnedAllocator::allocate(size_t bytes) { return allocate_exactly(bytes); }
void PinnedAllocator::operator()(void* data) const { std::free(data); }

void copy_to_device(void* device, const void* host, size_t bytes, Stream&) { std::memcpy(device, host, bytes); }
void copy_to_host(void* host, const void* device, size_t bytes, Stream&) { std::memcpy(host, device, bytes); }
void copy_on_device(void* to, const void* from, size_t bytes, Stream&) { std::memcpy(to, from, bytes); }
void fill_zero(void* device, size_t bytes, Stream&) { std::memset(device, 0, bytes); }

struct StreamTimer::Points {
  std::chrono::steady_clock::time_point begin, end;
};

StreamTimer::StreamTimer() : points_(std::make_unique<Points>()) {}
StreamTimer::~StreamTimer() = default;
void StreamTimer::start(Stream&) { points_->begin = std::chrono::steady_clock::now(); }
void StreamTimer::stop(Stream&) { points_->end = std::chrono::steady_clock::now(); }
double StreamTimer::seconds() const { return std::chrono::duration<double>(points_->end - points_->begin).count(); }

double seconds_of(Stream& stream, const std::function<void()>& work) {
  StreamTimer timer;
  timer.start(stream);
  work();
  timer.stop(stream);
  return timer.seconds();
}

// The twin has nothing to gain from it.
std::unique_ptr<Recording> record(Stream&, const std::function<bool()>&) { return nullptr; }

}  // namespace cuda
}  // namespace evosift
