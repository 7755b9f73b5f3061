#include "device_bench.h"

#include <algorithm>

#include "../../base/error.h"

namespace evosift {
namespace cuda {

namespace {

struct Op {
  const char* name;
  void (*run)(DeviceBench&, const ModelShape&, Dtype);
};
constexpr Op kOps[] = {
    {"matmul", bench_matmul},
    {"norm", bench_norm},
    {"rope", bench_rope},
    {"attention", bench_attention},
    {"activation", bench_activation},
    {"cross_entropy", bench_cross_entropy},
};

}  // namespace

BenchSizes device_bench_sizes() {
  return {model_shapes(), 8192, 8192, {128, 512, 1024, 2048}, 8192, int64_t{1} << 30, int64_t{256} << 20, 30};
}

DeviceBench::DeviceBench(const BenchSizes& sizes, const MakeGemm& make_gemm)
    : sizes_(sizes), clock_(stream_, sizes.flush, sizes.samples) {
  const DeviceLimits device = device_limits();
  name_ = device.name;
  multiprocessors_ = device.multiprocessors;
  size_t workspace = 0;
  for (const Dtype dtype : {Dtype::f32, Dtype::bf16}) {
    gemms_[dtype] = make_gemm(dtype);
    workspace = std::max(workspace, gemms_[dtype]->workspace_bytes());
  }
  workspace_ = DeviceMemory(workspace);
}

void DeviceBench::multiply(const GemmArgs& args, Dtype dtype) {
  gemms_.at(dtype)->run(args, workspace_.data(), stream_.handle());
}

void DeviceBench::add_compute(const BenchCase& c, const reference::Errors& errors, double seconds, double flops) {
  timings_.push_back(timing_of(c, errors, seconds, flops, "GFLOP/s", matmul_limit(c.dtype)));
}

void DeviceBench::add_traffic(const BenchCase& c, const reference::Errors& errors, double seconds, int64_t bytes) {
  timings_.push_back(timing_of(c, errors, seconds, static_cast<double>(bytes), "GB/s", copy_limit()));
}

std::string DeviceBench::matmul_limit(Dtype dtype) {
  const int64_t n = sizes_.matmul_limit;
  const std::string name = std::string("matmul ") + name_of(dtype);
  if (limits_.count(name) > 0) return name;
  // Noise, not zeros: a device draws less power on zeros, and runs faster.
  const DeviceValues x = noise(n * n, dtype, 1), w = noise(n * n, dtype, 2);
  const DeviceMemory y(static_cast<size_t>(n * n) * sizeof(float));
  const GemmArgs args{x.data(), w.data(), nullptr, static_cast<float*>(y.data()), n, n, n, false};
  limits_[name] = 2e-9 * static_cast<double>(n * n * n) / seconds([&] { multiply(args, dtype); });
  return name;
}

std::string DeviceBench::copy_limit() {
  const std::string name = "copy";
  if (limits_.count(name) > 0) return name;
  const DeviceMemory from(static_cast<size_t>(sizes_.copy_limit)), to(from.bytes());
  // Each byte is read and written.
  limits_[name] = 2e-9 * static_cast<double>(sizes_.copy_limit) /
                  seconds([&] { copy_on_device(to.data(), from.data(), from.bytes(), stream_); });
  return name;
}

KernelBench DeviceBench::finish() {
  add_limits(timings_, limits_);
  return {std::move(timings_), limits_, name_};
}

KernelBench bench_kernels(const std::string& op, const BenchSizes& sizes, const MakeGemm& make_gemm) {
  const auto is_wanted = [&](const Op& o) { return op.empty() || op == o.name; };
  if (std::none_of(std::begin(kOps), std::end(kOps), is_wanted))
    throw Error("bad_argument", "there is no kernel \"" + op + "\"");
  DeviceBench bench(sizes, make_gemm);
  for (const Op& o : kOps) {
    if (!is_wanted(o)) continue;
    for (const ModelShape& shape : sizes.shapes)
      for (const Dtype dtype : {Dtype::f32, Dtype::bf16}) o.run(bench, shape, dtype);
  }
  return bench.finish();
}

}  // namespace cuda
}  // namespace evosift
