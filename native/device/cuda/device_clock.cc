#include "device_clock.h"

#include <algorithm>
#include <vector>

namespace evosift {
namespace cuda {

DeviceClock::DeviceClock(Stream& stream, int64_t flush, int samples)
    : stream_(stream), flushed_(static_cast<size_t>(flush)), samples_(samples) {}

double DeviceClock::median_seconds(const std::function<void()>& work, const std::function<void()>& before) {
  const auto sample = [&] {
    before();
    fill_zero(flushed_.data(), flushed_.bytes(), stream_);
    return seconds_of(stream_, work);
  };
  double estimate = 0;
  for (int i = 0; i < kWarmUps; ++i) estimate = sample();
  // Slow work is not called so often.
  const auto affordable = static_cast<int>(std::min(kMostSeconds / std::max(estimate, 1e-9), 1e6));
  std::vector<double> samples;
  for (int i = 0; i < std::clamp(affordable, kLeastSamples, samples_); ++i) samples.push_back(sample());
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  return *middle;
}

}  // namespace cuda
}  // namespace evosift
