#include "measure_matmul.h"

#include "device_clock.h"
#include "device_noise.h"

namespace evosift {
namespace cuda {

double measure_matmul(Gemm& gemm, Dtype dtype, int64_t rows, int64_t out, int64_t in) {
  constexpr int kSamples = 30;
  Stream stream;
  const DeviceMemory x = device_noise(rows * in, kNoisePeriod, dtype, stream);
  const DeviceMemory w = device_noise(out * in, kNoisePeriod, dtype, stream);
  const DeviceMemory y(static_cast<size_t>(rows * out) * sizeof(float)), workspace(gemm.workspace_bytes());
  const GemmArgs args{x.data(), w.data(), nullptr, static_cast<float*>(y.data()), rows, out, in, false};
  DeviceClock clock(stream, 0, kSamples);
  const double seconds = clock.median_seconds([&] { gemm.run(args, workspace.data(), stream.handle()); });
  return 2e-9 * static_cast<double>(rows * out * in) / seconds;
}

}  // namespace cuda
}  // namespace evosift
