// Device memory, streams and copies: what the CUDA device needs of the CUDA runtime, with two bodies (runtime.cu and
// native/host_twin/runtime_twin.cc). Throws Error engine_failed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace evosift {
namespace cuda {

// Makes `ordinal` the calling thread's device.
void use_device(int ordinal);

struct DeviceLimits {
  std::string name;
  int multiprocessors;
  size_t free_memory;
};
// Of the calling thread's device.
DeviceLimits device_limits();

// A queue of work; not shared between threads.
class Stream {
 public:
  Stream();
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  void* handle() const { return handle_; }
  // Waits for what was queued, and throws what went wrong in it.
  void wait();

 private:
  void* handle_ = nullptr;
};

// Bytes that `Allocator` gives, and frees as the pointer's deleter.
template <typename Allocator>
class Memory {
 public:
  Memory() = default;
  explicit Memory(size_t bytes) : data_(Allocator::allocate(bytes)), bytes_(bytes) {}
  void* data() const { return data_.get(); }
  size_t bytes() const { return bytes_; }

 private:
  std::unique_ptr<void, Allocator> data_;
  size_t bytes_ = 0;
};

struct DeviceAllocator {
  static void* allocate(size_t bytes);
  void operator()(void* data) const;
};
// Of the device, 256-byte aligned: zeros on a GPU, NaNs on the twin, where nothing may be read before it is written.
using DeviceMemory = Memory<DeviceAllocator>;

struct PinnedAllocator {
  static void* allocate(size_t bytes);
  void operator()(void* data) const;
};
// Host memory that the device copies from and to by itself.
using PinnedMemory = Memory<PinnedAllocator>;

void copy_to_device(void* device, const void* host, size_t bytes, Stream& stream);
void copy_to_host(void* host, const void* device, size_t bytes, Stream& stream);
void copy_on_device(void* to, const void* from, size_t bytes, Stream& stream);
void fill_zero(void* device, size_t bytes, Stream& stream);

// Two points in a stream's work, by the device's clock.
class StreamTimer {
 public:
  StreamTimer();
  ~StreamTimer();
  StreamTimer(const StreamTimer&) = delete;
  StreamTimer& operator=(const StreamTimer&) = delete;
  void start(Stream& stream);
  void stop(Stream& stream);
  // Between them, once the stream was waited for.
  double seconds() const;

 private:
  struct Points;
  std::unique_ptr<Points> points_;
};

// Seconds between the stream's reaching the beginning and the end of what `work` queues.
double seconds_of(Stream& stream, const std::function<void()>& work);

// What was queued once, to be queued again in one call.
class Recording {
 public:
  virtual ~Recording() = default;
  virtual void queue(Stream& stream) = 0;
};
// Queues nothing, but records what `work` would queue. Null where `work` returns false.
std::unique_ptr<Recording> record(Stream& stream, const std::function<bool()>& work);

}  // namespace cuda
}  // namespace evosift
