#include "gain_bounds.h"

#include <algorithm>
#include <atomic>
#include <limits>

#include "../../kernels/cpu_kernels.h"

namespace evosift {

namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

}  // namespace

GainBounds::GainBounds(const Workers& workers, const PackedVectors& packed, const Frame& frame,
                       const std::vector<float>& weights)
    : workers_(workers),
      packed_(packed),
      frame_(frame),
      weights_(weights),
      limits_(weights.size(), kNever),
      bounds_(weights.size(), 0),
      margins_(weights.size(), 0),
      sunk_(packed.dimension()) {}

float GainBounds::limit(const NearestChosen& nearest, int64_t i) const {
  const double distance = nearest.squared_distance(i);
  return distance == 0 || weights_[static_cast<size_t>(i)] == 0 ? kNever : frame_.limit(distance);
}

void GainBounds::begin(const NearestChosen& nearest, const Progress& progress) {
  for (int64_t i = 0; i < packed_.count(); ++i) limits_[static_cast<size_t>(i)] = limit(nearest, i);
  const std::vector<float> any(kPanelVectors, std::numeric_limits<float>::infinity());
  std::atomic<int64_t> done{0};
  workers_.each(packed_.panels(), [&](int64_t q) {
    for (int64_t p = 0; p < packed_.panels(); ++p) {
      const auto row = static_cast<size_t>(p * kPanelVectors);
      add(q, 1, packed_.panel(p), &limits_[row], any.data(), &weights_[row]);
    }
    progress(static_cast<double>(++done) / static_cast<double>(packed_.panels()));
  });
  // What the sums of panels' rows are rounded by, here and, in all, by whatever is taken off later.
  for (size_t i = 0; i < bounds_.size(); ++i) margins_[i] = bounds_[i] * 0x1p-16;
}

void GainBounds::lower(const NearestChosen& nearest) {
  for (int64_t i = 0; i < packed_.count(); ++i) {
    float& before = limits_[static_cast<size_t>(i)];
    const float now = limit(nearest, i);
    if (now >= before) continue;
    add_sunk(i, before, before - std::max(now, 0.0f));
    before = now;
    if (sunk_.count == kSunkPanels * kPanelVectors) take_off();
  }
  take_off();
}

void GainBounds::add_sunk(int64_t i, float before, float by) {
  const int64_t to = sunk_.count++, lane = to % kPanelVectors, from_lane = i % kPanelVectors;
  const Panel from = packed_.panel(i / kPanelVectors);
  float* values = static_cast<float*>(sunk_.values.data()) + to / kPanelVectors * kPanelVectors * packed_.dimension();
  for (int64_t k = 0; k < packed_.dimension(); ++k)
    values[k * kPanelVectors + lane] = from.values[k * kPanelVectors + from_lane];
  sunk_.norms[static_cast<size_t>(to)] = from.norms[from_lane];
  sunk_.distances[static_cast<size_t>(to)] = before;
  sunk_.most[static_cast<size_t>(to)] = by;
  sunk_.weights[static_cast<size_t>(to)] = weights_[static_cast<size_t>(i)];
}

void GainBounds::take_off() {
  if (sunk_.count == 0) return;
  // Behind the last row, nothing weighs.
  std::fill(sunk_.weights.begin() + sunk_.count, sunk_.weights.end(), 0.0f);
  const auto* values = static_cast<const float*>(sunk_.values.data());
  workers_.each(packed_.panels(), [&](int64_t q) {
    for (int64_t first = 0; first < sunk_.count; first += kPanelVectors) {
      const auto row = static_cast<size_t>(first);
      add(q, -1, {values + first * packed_.dimension(), &sunk_.norms[row]}, &sunk_.distances[row], &sunk_.most[row],
          &sunk_.weights[row]);
    }
  });
  sunk_.count = 0;
}

void GainBounds::add(int64_t q, double sign, const Panel& rows, const float* distances, const float* most,
                     const float* weights) {
  float gains[kPanelVectors];
  const Panel columns = packed_.panel(q);
  cpu_kernels().coverage_tile(
      {rows.values, columns.values, packed_.dimension(), rows.norms, columns.norms, distances, most, weights, gains});
  double* bounds = &bounds_[static_cast<size_t>(q * kPanelVectors)];
  for (int64_t c = 0; c < kPanelVectors; ++c) bounds[c] += sign * static_cast<double>(gains[c]);
}

double GainBounds::of(int64_t vector) const {
  const auto at = static_cast<size_t>(vector);
  return std::max(0.0, bounds_[at] + margins_[at]) / (frame_.scale * frame_.scale);
}

}  // namespace evosift
