#include "facility_location.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "../../base/error.h"
#include "../../kernels/squared_distance.h"
#include "gain_bounds.h"
#include "near_pairs.h"
#include "nearest_chosen.h"

namespace evosift {

namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr double kEqual = 1 - 1e-12;
// Panels whose part of a gain is summed by one thread.
constexpr int64_t kChunk = 16;

class Greedy {
 public:
  Greedy(const Workers& workers, const VectorSet& vectors, const std::vector<float>& weights)
      : workers_(workers),
        vectors_(vectors),
        frame_(Frame::of(vectors, vectors)),
        packed_(workers, vectors, frame_),
        nearest_(vectors),
        weights_(static_cast<size_t>(packed_.panels() * kPanelVectors), 0),
        gains_(static_cast<size_t>(vectors.count()), std::numeric_limits<double>::infinity()),
        rounds_(gains_.size(), 0),
        bounds_(workers, packed_, frame_, weights_),
        batch_values_(static_cast<size_t>(kPanelVectors * vectors.dimension) * sizeof(float)) {
    std::fill_n(weights_.begin(), vectors.count(), 1.0f);
    std::copy(weights.begin(), weights.end(), weights_.begin());
  }

  std::vector<int32_t> run(int64_t count, const Progress& progress) {
    if (count == 0) return {};
    choose(nearest_to_the_mean());
    if (count > 1) bounds_.begin(nearest_, [&](double share) { progress(share / 4); });
    while (round() < count) {
      choose(next());
      if (round() < count) bounds_.lower(nearest_);
      progress(0.25 + 0.75 * static_cast<double>(round()) / static_cast<double>(count));
    }
    return std::move(chosen_);
  }

 private:
  int64_t round() const { return static_cast<int64_t>(chosen_.size()); }
  double weight(int64_t i) const { return static_cast<double>(weights_[static_cast<size_t>(i)]); }
  int64_t chunks() const { return (packed_.panels() + kChunk - 1) / kChunk; }

  void choose(int64_t vector) {
    chosen_.push_back(static_cast<int32_t>(vector));
    nearest_.choose(workers_, vector);
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

  // The most that a vector can add: by its bound, and by its gain when that was last computed, since gains only sink.
  double most(int64_t i) const { return std::min(gains_[static_cast<size_t>(i)], bounds_.of(i)); }

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
    near_pairs(vectors_.dimension, packed_.panel(p), bounds_.limits(p), columns, none, false,
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
  std::vector<float> weights_;   // [whole panels]
  std::vector<double> gains_;    // as last computed
  std::vector<int64_t> rounds_;  // after how many choices that was
  GainBounds bounds_;
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
