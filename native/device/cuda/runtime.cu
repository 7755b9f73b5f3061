#include "runtime.h"

#include "../../kernels/cuda_portability.h"

namespace evosift {
namespace cuda {

namespace {

cudaStream_t of(const Stream& stream) { return static_cast<cudaStream_t>(stream.handle()); }

template <typename Memory>
void check_allocated(cudaError_t status, size_t bytes, const Memory& kind) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // out of memory is not remembered: what runs goes on
  throw Error("engine_failed", std::string("the GPU gives no ") + std::to_string(bytes >> 20) + " MiB of " + kind +
                                   " (" + cudaGetErrorString(status) + "): free some or take another device");
}

class Graph : public Recording {
 public:
  explicit Graph(cudaGraph_t graph) {
    const cudaError_t status = cudaGraphInstantiate(&graph_, graph, 0);
    cudaGraphDestroy(graph);
    check(status, "cudaGraphInstantiate");
  }
  ~Graph() override { cudaGraphExecDestroy(graph_); }
  void queue(Stream& stream) override { check(cudaGraphLaunch(graph_, of(stream)), "cudaGraphLaunch"); }

 private:
  cudaGraphExec_t graph_ = nullptr;
};

struct Event {
  Event() { check(cudaEventCreate(&event), "cudaEventCreate"); }
  ~Event() { cudaEventDestroy(event); }
  cudaEvent_t event = nullptr;
};

}  // namespace

void use_device(int ordinal) { check(cudaSetDevice(ordinal), "cudaSetDevice"); }

DeviceLimits device_limits() {
  int ordinal = 0, multiprocessors = 0;
  cudaDeviceProp properties;
  check(cudaGetDevice(&ordinal), "cudaGetDevice");
  check(cudaGetDeviceProperties(&properties, ordinal), "cudaGetDeviceProperties");
  check(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, ordinal), "cudaDeviceGetAttribute");
  size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  return {properties.name, multiprocessors, free};
}

Stream::Stream() {
  cudaStream_t stream;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate");
  handle_ = stream;
}
Stream::~Stream() { cudaStreamDestroy(of(*this)); }
void Stream::wait() { check(cudaStreamSynchronize(of(*this)), "cudaStreamSynchronize"); }

void* DeviceAllocator::allocate(size_t bytes) {
  void* data = nullptr;
  check_allocated(cudaMalloc(&data, bytes ? bytes : 1), bytes, "its memory");
  // In a stream of its own: another thread may be recording, and must not be waited for.
  cudaError_t status = cudaMemsetAsync(data, 0, bytes, cudaStreamPerThread);
  if (status == cudaSuccess) status = cudaStreamSynchronize(cudaStreamPerThread);
  if (status != cudaSuccess) cudaFree(data);
  check(status, "cudaMemset");
  return data;
}
void DeviceAllocator::operator()(void* data) const { cudaFree(data); }

void* PinnedAllocator::allocate(size_t bytes) {
  void* data = nullptr;
  check_allocated(cudaMallocHost(&data, bytes ? bytes : 1), bytes, "pinned host memory");
  return data;
}
void PinnedAllocator::operator()(void* data) const { cudaFreeHost(data); }

void copy_to_device(void* device, const void* host, size_t bytes, Stream& stream) {
  check(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, of(stream)), "cudaMemcpyAsync");
}
void copy_to_host(void* host, const void* device, size_t bytes, Stream& stream) {
  check(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, of(stream)), "cudaMemcpyAsync");
}
void copy_on_device(void* to, const void* from, size_t bytes, Stream& stream) {
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, of(stream)), "cudaMemcpyAsync");
}
void fill_zero(void* device, size_t bytes, Stream& stream) {
  check(cudaMemsetAsync(device, 0, bytes, of(stream)), "cudaMemsetAsync");
}

struct StreamTimer::Points {
  Event begin, end;
};

StreamTimer::StreamTimer() : points_(std::make_unique<Points>()) {}
StreamTimer::~StreamTimer() = default;
void StreamTimer::start(Stream& stream) { check(cudaEventRecord(points_->begin.event, of(stream)), "cudaEventRecord"); }
void StreamTimer::stop(Stream& stream) { check(cudaEventRecord(points_->end.event, of(stream)), "cudaEventRecord"); }
double StreamTimer::seconds() const {
  float milliseconds = 0;
  check(cudaEventElapsedTime(&milliseconds, points_->begin.event, points_->end.event), "cudaEventElapsedTime");
  return static_cast<double>(milliseconds) / 1e3;
}

double seconds_of(Stream& stream, const std::function<void()>& work) {
  StreamTimer timer;
  timer.start(stream);
  work();
  timer.stop(stream);
  stream.wait();
  return timer.seconds();
}

std::unique_ptr<Recording> record(Stream& stream, const std::function<bool()>& work) {
  // Other threads may allocate while this one records.
  check(cudaStreamBeginCapture(of(stream), cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
  cudaGraph_t graph = nullptr;
  bool whole = false;
  try {
    whole = work();
  } catch (...) {
    cudaStreamEndCapture(of(stream), &graph);
    if (graph) cudaGraphDestroy(graph);
    throw;
  }
  check(cudaStreamEndCapture(of(stream), &graph), "cudaStreamEndCapture");
  if (whole) return std::make_unique<Graph>(graph);
  cudaGraphDestroy(graph);
  return nullptr;
}

}  // namespace cuda
}  // namespace evosift
