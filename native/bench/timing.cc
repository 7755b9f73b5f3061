#include "timing.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace evosift {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double kWarmUpSeconds = 0.02;
constexpr double kSamplingSeconds = 0.1;
constexpr double kLeastSampleSeconds = 50e-6;
constexpr size_t kLeastSamples = 9;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

double median_seconds(const std::function<void()>& call) {
  call();
  const auto warm_up = Clock::now();
  int64_t calls = 0;
  do {
    call();
    ++calls;
  } while (seconds_since(warm_up) < kWarmUpSeconds);
  const double estimate = seconds_since(warm_up) / static_cast<double>(calls);
  const auto batch = std::max<int64_t>(1, static_cast<int64_t>(kLeastSampleSeconds / estimate));

  std::vector<double> samples;
  const auto start = Clock::now();
  do {
    const auto sample = Clock::now();
    for (int64_t i = 0; i < batch; ++i) call();
    samples.push_back(seconds_since(sample) / static_cast<double>(batch));
  } while (samples.size() < kLeastSamples || seconds_since(start) < kSamplingSeconds);
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  return *middle;
}

}  // namespace evosift
