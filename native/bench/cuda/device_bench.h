// What the device's benches share: its stream and clock, its limits, and the report.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "../../device/cuda/device_clock.h"
#include "../bench_case.h"
#include "cuda_bench.h"
#include "device_values.h"

namespace evosift {
namespace cuda {

// One of an operation's bodies, from the naive one to the one that the engine runs.
struct Rung {
  const char* variant;
  std::function<void()> run;
};

class DeviceBench {
 public:
  DeviceBench(const BenchSizes& sizes, const MakeGemm& make_gemm);

  const BenchSizes& sizes() const { return sizes_; }
  Stream& stream() { return stream_; }
  void* handle() { return stream_.handle(); }
  int multiprocessors() const { return multiprocessors_; }

  // Noise, or zeros to write to.
  DeviceValues noise(int64_t count, Dtype dtype, uint64_t seed) {
    return {Values::of_noise(count, dtype, seed), stream_};
  }
  DeviceValues room(int64_t count, Dtype dtype) { return {Values(count, dtype), stream_}; }

  // Queues the product that the engine would.
  void multiply(const GemmArgs& args, Dtype dtype);

  double seconds(const std::function<void()>& work, const std::function<void()>& before = [] {}) {
    return clock_.median_seconds(work, before);
  }
  void add_compute(const BenchCase& c, const reference::Errors& errors, double seconds, double flops);
  void add_traffic(const BenchCase& c, const reference::Errors& errors, double seconds, int64_t bytes);

  KernelBench finish();

 private:
  std::string matmul_limit(Dtype dtype);
  std::string copy_limit();

  BenchSizes sizes_;
  Stream stream_;
  DeviceClock clock_;
  std::string name_;
  int multiprocessors_ = 0;
  std::map<Dtype, std::unique_ptr<Gemm>> gemms_;
  DeviceMemory workspace_;
  std::map<std::string, double> limits_;
  std::vector<KernelTiming> timings_;
};

void bench_matmul(DeviceBench& bench, const ModelShape& model, Dtype dtype);
void bench_norm(DeviceBench& bench, const ModelShape& model, Dtype dtype);
void bench_rope(DeviceBench& bench, const ModelShape& model, Dtype dtype);
void bench_attention(DeviceBench& bench, const ModelShape& model, Dtype dtype);
void bench_activation(DeviceBench& bench, const ModelShape& model, Dtype dtype);
void bench_cross_entropy(DeviceBench& bench, const ModelShape& model, Dtype dtype);

}  // namespace cuda
}  // namespace evosift
