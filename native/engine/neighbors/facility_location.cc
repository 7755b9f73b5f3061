#include "facility_location.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "../../base/error.h"
#include "../../kernels/squared_distance.h"
#include "near_pairs.h"
#include "nearest_chosen.h"

namespace evosift {

namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr double kEqual = 1 - 1e-12;
// Panels whose part of a gain is summed by one thread, and at a time.
constexpr int64_t kChunk = 16;

// Rows whose distance from the nearest chosen has sunk, as panels of their own.
struct SunkRows {
  explicit SunkRows(int64_t dimension)
      : values(static_cast<size_t>(kChunk * kPanelVectors * dimension) * sizeof(float)),
        norms(kChunk * kPanelVectors),
        distances(norms.size()),
        most(norms.size()),
        weights(norms.size()) {}

  AlignedMemory values;
  std::vector<float> norms, distances, most, weights;  // before, and by how much at most a gain sinks
  int64_t count = 0;
};

class Greedy {
 public:
  Greedy(const Workers& workers, const VectorSet& vectors, const std::vector<float>& weights)
      : workers_(workers),
        vectors_(vectors),
        frame_(Frame::of(vectors, vectors)),
        packed_(workers, vectors, frame_),
        nearest_(vectors),
        weights_(static_cast<size_t>(packed_.panels() * kPanelVectors), 0),
        limits_(weights_.size(), kNever),
        bounds_(weights_.size(), 0),
        margins_(weights_.size(), 0),
        gains_(static_cast<size_t>(vectors.count()), std::numeric_limits<double>::infinity()),
        rounds_(gains_.size(), 0),
        sunk_(vectors.dimension),
        batch_values_(static_cast<size_t>(kPanelVectors * vectors.dimension) * sizeof(float)) {
    std::fill_n(weights_.begin(), vectors.count(), 1.0f);
    std::copy(weights.begin(), weights.end(), weights_.begin());
  }

  std::vector<int32_t> run(int64_t count, const Progress& progress) {
    if (count == 0) return {};
    choose(nearest_to_the_mean());
    if (count > 1) bound_all([&](double share) { progress(share / 4); });
    while (round() < count) {
      choose(next());
      if (round() < count) lower_bounds();
      progress(0.25 + 0.75 * static_cast<double>(round()) / static_cast<double>(count));
    }
    return std::move(chosen_);
  }

 private:
  int64_t round() const { return static_cast<int64_t>(chosen_.size()); }
  double weight(int64_t i) const { return static_cast<double>(weights_[static_cast<size_t>(i)]); }
  int64_t chunks() const { return (packed_.panels() + kChunk - 1) / kChunk; }

  // Limits keep what they were until lower_bounds().
  void choose(int64_t vector) {
    chosen_.push_back(static_cast<int32_t>(vector));
    nearest_.choose(workers_, vector);
  }

  float limit(int64_t i) const {
    const double distance = nearest_.squared_distance(i);
    return distance == 0 || weight(i) == 0 ? kNever : frame_.limit(distance);
  }

  int64_t nearest_to_the_mean() const {
    std::vector<double> sums(static_cast<size_t>(vectors_.dimension), 0);
    double all = 0;
    for (int64_t i = 0; i < vectors_.count(); ++i) {
      all += weight(i);
      for (size_t k = 0; k < sums.size(); ++k) sums[k] += weight(i) * static_cast<double>(vectors_.row(i)[k]);
    }
    std::vector<float> mean(sums.size());
    for (size_t k = 0; k < sums.size(); ++k) mean[k] = static_cast<float>(sums[k] / all);
    int64_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (int64_t i = 0; i < vectors_.count(); ++i) {
      const double distance = squared_distance(vectors_.row(i), mean.data(), vectors_.dimension);
      if (distance >= least) continue;
      least = distance;
      best = i;
    }
    return best;
  }

  // Bounds of all gains, as lower bounds of distances give them.
  void bound_all(const Progress& progress) {
    for (int64_t i = 0; i < vectors_.count(); ++i) limits_[static_cast<size_t>(i)] = limit(i);
    const std::vector<float> any(kPanelVectors, std::numeric_limits<float>::infinity());
    std::atomic<int64_t> done{0};
    workers_.each(packed_.panels(), [&](int64_t q) {
      for (int64_t p = 0; p < packed_.panels(); ++p) {
        const auto row = static_cast<size_t>(p * kPanelVectors);
        add_to_bounds(q, 1, packed_.panel(p), &limits_[row], any.data(), &weights_[row]);
      }
      progress(static_cast<double>(++done) / static_cast<double>(packed_.panels()));
    });
    // What the sums of panels' rows are rounded by, here and, in all, by whatever is taken off later.
    for (size_t i = 0; i < bounds_.size(); ++i) margins_[i] = bounds_[i] * 0x1p-16;
  }

  // Takes off the bounds what the last choice has taken off the rows' distances.
  void lower_bounds() {
    for (int64_t i = 0; i < vectors_.count(); ++i) {
      float& before = limits_[static_cast<size_t>(i)];
      const float now = limit(i);
      if (now >= before) continue;
      add_sunk(i, before, before - std::max(now, 0.0f));
      before = now;
      if (sunk_.count == kChunk * kPanelVectors) take_off_bounds();
    }
    take_off_bounds();
  }

  void add_sunk(int64_t i, float before, float by) {
    const int64_t to = sunk_.count++, lane = to % kPanelVectors, from_lane = i % kPanelVectors;
    const Panel from = packed_.panel(i / kPanelVectors);
    float* values = static_cast<float*>(sunk_.values.data()) + to / kPanelVectors * kPanelVectors * vectors_.dimension;
    for (int64_t k = 0; k < vectors_.dimension; ++k)
      values[k * kPanelVectors + lane] = from.values[k * kPanelVectors + from_lane];
    sunk_.norms[static_cast<size_t>(to)] = from.norms[from_lane];
    sunk_.distances[static_cast<size_t>(to)] = before;
    sunk_.most[static_cast<size_t>(to)] = by;
    sunk_.weights[static_cast<size_t>(to)] = weights_[static_cast<size_t>(i)];
  }

  void take_off_bounds() {
    if (sunk_.count == 0) return;
    // Behind the last row, nothing weighs.
    std::fill(sunk_.weights.begin() + sunk_.count, sunk_.weights.end(), 0.0f);
    const auto* values = static_cast<const float*>(sunk_.values.data());
    workers_.each(packed_.panels(), [&](int64_t q) {
      for (int64_t first = 0; first < sunk_.count; first += kPanelVectors) {
        const auto row = static_cast<size_t>(first);
        add_to_bounds(q, -1, {values + first * vectors_.dimension, &sunk_.norms[row]}, &sunk_.distances[row],
                      &sunk_.most[row], &sunk_.weights[row]);
      }
    });
    sunk_.count = 0;
  }

  // Adds to the bounds of panel q, or takes off, what rows' distances give.
  void add_to_bounds(int64_t q, double sign, const Panel& rows, const float* distances, const float* most,
                     const float* weights) {
    float gains[kPanelVectors];
    const Panel columns = packed_.panel(q);
    cpu_kernels().coverage_tile(
        {rows.values, columns.values, vectors_.dimension, rows.norms, columns.norms, distances, most, weights, gains});
    double* bounds = &bounds_[static_cast<size_t>(q * kPanelVectors)];
    for (int64_t c = 0; c < kPanelVectors; ++c) bounds[c] += sign * static_cast<double>(gains[c]);
  }

  // The most that a vector can add: by its bound, and by its gain when that was last computed, since gains only sink.
  double most(int64_t i) const {
    const auto at = static_cast<size_t>(i);
    return std::min(gains_[at], std::max(0.0, bounds_[at] + margins_[at]) / (frame_.scale * frame_.scale));
  }

  bool is_known(int64_t i) const {
    return rounds_[static_cast<size_t>(i)] == round() || gains_[static_cast<size_t>(i)] == 0;
  }

  // Gains that may be the greatest are computed, until no other may be.
  int64_t next() {
    double best = 0;
    while (true) {
      std::vector<std::pair<double, int64_t>> open;
      for (int64_t i = 0; i < vectors_.count(); ++i)
        if (!nearest_.is_chosen(i) && !is_known(i) && most(i) >= best * kEqual) open.emplace_back(-most(i), i);
      if (open.empty()) break;
      const auto size = std::min<size_t>(open.size(), kPanelVectors);
      std::partial_sort(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(size), open.end());
      for (size_t i = 0; i < size; ++i) batch_.push_back(open[i].second);
      best = std::max(best, evaluate_batch());
    }
    for (int64_t i = 0; i < vectors_.count(); ++i)
      if (!nearest_.is_chosen(i) && is_known(i) && gains_[static_cast<size_t>(i)] >= best * kEqual) return i;
    throw Error("engine_failed", "no vector is left to choose");
  }

  // Computes the gains of the batch, and empties it; returns the greatest.
  double evaluate_batch() {
    const Panel columns = pack_batch();
    std::vector<double> sums(static_cast<size_t>(chunks() * kPanelVectors), 0);
    workers_.each(chunks(), [&](int64_t chunk) {
      for (int64_t p = chunk * kChunk; p < std::min(packed_.panels(), (chunk + 1) * kChunk); ++p)
        add_gains(p, columns, &sums[static_cast<size_t>(chunk * kPanelVectors)]);
    });
    double best = 0;
    for (size_t c = 0; c < batch_.size(); ++c) {
      double gain = 0;
      for (int64_t chunk = 0; chunk < chunks(); ++chunk) gain += sums[static_cast<size_t>(chunk * kPanelVectors) + c];
      gains_[static_cast<size_t>(batch_[c])] = gain;
      rounds_[static_cast<size_t>(batch_[c])] = round();
      best = std::max(best, gain);
    }
    batch_.clear();
    return best;
  }

  // What a panel's rows add to the gains of the batch.
  void add_gains(int64_t p, const Panel& columns, double* gains) const {
    float none[kPanelVectors];
    std::fill_n(none, kPanelVectors, kNever);
    const int64_t first = p * kPanelVectors;
    near_pairs(vectors_.dimension, packed_.panel(p), &limits_[static_cast<size_t>(first)], columns, none, false,
               [&](int64_t r, int64_t c) {
                 const float* column = vectors_.row(batch_[static_cast<size_t>(c)]);
                 const double distance = squared_distance(vectors_.row(first + r), column, vectors_.dimension);
                 gains[c] += weight(first + r) * std::max(0.0, nearest_.squared_distance(first + r) - distance);
               });
  }

  // The batch's vectors as a panel.
  Panel pack_batch() {
    auto* values = static_cast<float*>(batch_values_.data());
    std::fill_n(values, kPanelVectors * vectors_.dimension, 0.0f);
    std::fill_n(batch_norms_, kPanelVectors, std::numeric_limits<float>::quiet_NaN());
    for (size_t c = 0; c < batch_.size(); ++c) {
      const Panel from = packed_.panel(batch_[c] / kPanelVectors);
      const int64_t lane = batch_[c] % kPanelVectors;
      batch_norms_[c] = from.norms[lane];
      for (int64_t k = 0; k < vectors_.dimension; ++k)
        values[k * kPanelVectors + static_cast<int64_t>(c)] = from.values[k * kPanelVectors + lane];
    }
    return {values, batch_norms_};
  }

  const Workers& workers_;
  const VectorSet& vectors_;
  const Frame frame_;
  const PackedVectors packed_;
  NearestChosen nearest_;
  std::vector<float> weights_;  // [whole panels]
  std::vector<float> limits_;   // [whole panels]: the distances from the nearest chosen that could still be less
  std::vector<double> bounds_, margins_;  // [whole panels]: in the frame's scale
  std::vector<double> gains_;             // as last computed
  std::vector<int64_t> rounds_;           // after how many choices that was
  SunkRows sunk_;
  std::vector<int32_t> chosen_;
  std::vector<int64_t> batch_;  // at most a panel
  AlignedMemory batch_values_;
  float batch_norms_[kPanelVectors];
};

}  // namespace

std::vector<int32_t> facility_location(const Workers& workers, const VectorSet& vectors, int64_t count,
                                       const std::vector<float>& weights, const Progress& progress) {
  return Greedy(workers, vectors, weights).run(count, progress);
}

}  // namespace evosift
