#include "packed_vectors.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace evosift {

namespace {

// 2^-126: what is smaller counts as zero on the engine's threads.
constexpr double kSmallest = std::numeric_limits<float>::min();
constexpr double kUnit = 0x1p-24;

std::vector<float> mean_of(const VectorSet& vectors) {
  std::vector<double> sums(static_cast<size_t>(vectors.dimension), 0);
  for (int64_t i = 0; i < vectors.count(); ++i)
    for (size_t k = 0; k < sums.size(); ++k) sums[k] += static_cast<double>(vectors.row(i)[k]);
  std::vector<float> mean(sums.size());
  for (size_t k = 0; k < sums.size(); ++k) mean[k] = static_cast<float>(sums[k] / static_cast<double>(vectors.count()));
  return mean;
}

double largest_difference(const VectorSet& vectors, const std::vector<float>& centre) {
  double largest = 0;
  for (int64_t i = 0; i < vectors.count(); ++i)
    for (size_t k = 0; k < centre.size(); ++k)
      largest = std::max(largest, std::abs(static_cast<double>(vectors.row(i)[k]) - static_cast<double>(centre[k])));
  return largest;
}

}  // namespace

Frame Frame::of(const VectorSet& vectors, const VectorSet& others) {
  Frame frame{mean_of(vectors), 1};
  const double largest = std::max(largest_difference(vectors, frame.centre),
                                  &others == &vectors ? 0 : largest_difference(others, frame.centre));
  int exponent = 0;
  std::frexp(largest, &exponent);
  frame.scale = std::ldexp(1.0, -exponent);
  return frame;
}

float Frame::limit(double squared_distance) const {
  if (squared_distance == 0) return 0;
  // The sum of up to 2^24 squares in double precision, and the rounding here.
  const double scaled = squared_distance * scale * scale * (1 + 0x1p-22);
  return static_cast<float>(std::max(scaled, kSmallest));
}

PackedVectors::PackedVectors(const Workers& workers, const VectorSet& vectors, const Frame& frame)
    : count_(vectors.count()),
      dimension_(vectors.dimension),
      panels_((count_ + kPanelVectors - 1) / kPanelVectors),
      values_(static_cast<size_t>(panels_ * kPanelVectors * dimension_) * sizeof(float)),
      norms_(static_cast<size_t>(panels_ * kPanelVectors), std::numeric_limits<float>::quiet_NaN()) {
  workers.each(panels_, [&](int64_t p) { pack(vectors, frame, p); });
}

void PackedVectors::pack(const VectorSet& vectors, const Frame& frame, int64_t panel) {
  const auto d = static_cast<double>(dimension_);
  const double gamma = (d + 16) * kUnit / (1 - (d + 16) * kUnit);
  const int64_t first = panel * kPanelVectors;
  float* to = values_of(panel);
  std::fill_n(to, kPanelVectors * dimension_, 0.0f);
  for (int64_t v = 0; v < kPanelVectors && first + v < count_; ++v) {
    const float* row = vectors.row(first + v);
    double squares = 0;
    for (int64_t k = 0; k < dimension_; ++k) {
      const double moved = static_cast<double>(row[k]) - static_cast<double>(frame.centre[static_cast<size_t>(k)]);
      const auto value = static_cast<float>(moved * frame.scale);
      to[k * kPanelVectors + v] = value;
      squares += static_cast<double>(value) * static_cast<double>(value);
    }
    norms_[static_cast<size_t>(first + v)] = static_cast<float>(squares * (1 - gamma) - 32 * (d + 1) * kSmallest);
  }
}

int64_t panels_of_a_block(int64_t dimension) {
  constexpr int64_t kBlockBytes = 320 * 1024, kMost = 8;
  const int64_t panel_bytes = kPanelVectors * dimension * static_cast<int64_t>(sizeof(float));
  return std::clamp<int64_t>(kBlockBytes / panel_bytes, 1, kMost);
}

}  // namespace evosift
