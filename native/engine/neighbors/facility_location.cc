#include "facility_location.h"

#include <algorithm>
#include <limits>
#include <queue>

#include "../../kernels/squared_distance.h"
#include "near_pairs.h"
#include "nearest_chosen.h"

namespace evosift {

namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr double kEqual = 1 - 1e-12;
// Panels whose part of a gain is summed by one thread.
constexpr int64_t kChunk = 16;

// What a vector adds to F after `round` choices, or a bound of it (round 0): later it can only be less.
struct Gain {
  double gain;
  int64_t vector, round;
  bool operator<(const Gain& o) const { return gain != o.gain ? gain < o.gain : vector > o.vector; }
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
        batch_values_(static_cast<size_t>(kPanelVectors * vectors.dimension) * sizeof(float)) {
    std::fill_n(weights_.begin(), vectors.count(), 1.0f);
    std::copy(weights.begin(), weights.end(), weights_.begin());
  }

  std::vector<int32_t> run(int64_t count, const Progress& progress) {
    if (count == 0) return {};
    choose(nearest_to_the_mean());
    // All bounds cost about as much as some thousand choices.
    if (count > 1) bound_all([&](double share) { progress(share / 2); });
    while (round() < count) {
      choose(next());
      progress(0.5 + static_cast<double>(round()) / static_cast<double>(count) / 2);
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
    for (int64_t i = 0; i < vectors_.count(); ++i) {
      const double distance = nearest_.squared_distance(i);
      limits_[static_cast<size_t>(i)] = distance == 0 || weight(i) == 0 ? kNever : frame_.limit(distance);
    }
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

  // Bounds of all gains: as lower bounds of distances give them, a panel of vectors at a time.
  void bound_all(const Progress& progress) {
    std::vector<double> bounds(weights_.size(), 0);
    std::atomic<int64_t> done{0};
    workers_.each(packed_.panels(), [&](int64_t q) {
      float gains[kPanelVectors];
      for (int64_t p = 0; p < packed_.panels(); ++p) {
        workers_.check();
        const Panel rows = packed_.panel(p), columns = packed_.panel(q);
        const auto row = static_cast<size_t>(p * kPanelVectors);
        cpu_kernels().coverage_tile({rows.values, columns.values, vectors_.dimension, rows.norms, columns.norms,
                                     &limits_[row], &weights_[row], gains});
        for (size_t c = 0; c < kPanelVectors; ++c)
          bounds[static_cast<size_t>(q * kPanelVectors) + c] += static_cast<double>(gains[c]);
      }
      progress(static_cast<double>(++done) / static_cast<double>(packed_.panels()));
    });
    // With room for what sums of a panel's rows are rounded by.
    const double unscaled = (1 + 0x1p-16) / (frame_.scale * frame_.scale);
    for (int64_t i = 0; i < vectors_.count(); ++i)
      if (!nearest_.is_chosen(i)) gains_.push({bounds[static_cast<size_t>(i)] * unscaled, i, 0});
  }

  // Gains that may be the greatest are computed anew, until no older one may be.
  int64_t next() {
    double best = -1;
    std::vector<Gain> greatest;
    while (true) {
      while (!gains_.empty() && gains_.top().gain >= best * kEqual &&
             static_cast<int64_t>(batch_.size()) < kPanelVectors) {
        const Gain top = gains_.top();
        gains_.pop();
        if (top.round == round() || top.gain == 0)  // what adds nothing never will
          greatest.push_back(top);
        else
          batch_.push_back(top.vector);
      }
      if (batch_.empty()) break;
      best = std::max(best, evaluate_batch());
    }
    const auto before = [&](const Gain& a, const Gain& b) {
      const bool a_best = a.gain >= best * kEqual, b_best = b.gain >= best * kEqual;
      return a_best != b_best ? a_best : a.vector < b.vector;
    };
    const auto chosen = std::min_element(greatest.begin(), greatest.end(), before);
    const int64_t vector = chosen->vector;
    greatest.erase(chosen);
    for (const Gain& other : greatest) gains_.push(other);
    return vector;
  }

  // The greatest of the gains of the batch, which are put among the others.
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
      gains_.push({gain, batch_[c], round()});
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
  std::vector<int32_t> chosen_;
  std::priority_queue<Gain> gains_;  // of all that are not chosen
  std::vector<int64_t> batch_;       // at most a panel, taken out of them
  AlignedMemory batch_values_;
  float batch_norms_[kPanelVectors];
};

}  // namespace

std::vector<int32_t> facility_location(const Workers& workers, const VectorSet& vectors, int64_t count,
                                       const std::vector<float>& weights, const Progress& progress) {
  return Greedy(workers, vectors, weights).run(count, progress);
}

}  // namespace evosift
