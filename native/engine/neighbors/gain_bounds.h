// Upper bounds of what each vector would add to a facility location, which follow the choices.
#pragma once

#include <cstdint>
#include <vector>

#include "nearest_chosen.h"
#include "packed_vectors.h"
#include "progress.h"
#include "workers.h"

namespace evosift {

// Of Σ_i w_i max(0, m_i - ‖x_i - x_j‖²), with m_i the squared distance from the nearest chosen, for every j. A bound loses
// what the rows lose whose m_i has sunk, so that a choice costs as much as there are of these. Calls throw Error aborted.
class GainBounds {
 public:
  // `weights` are 0 behind the last vector, up to whole panels.
  GainBounds(const Workers& workers, const PackedVectors& packed, const Frame& frame,
             const std::vector<float>& weights);

  // After the first choice, and after each other.
  void begin(const NearestChosen& nearest, const Progress& progress);
  void lower(const NearestChosen& nearest);

  double of(int64_t vector) const;
  // [kPanelVectors] of a panel's rows: m_i in the frame's scale, -infinity where nothing can be gained.
  const float* limits(int64_t panel) const { return &limits_[static_cast<size_t>(panel * kPanelVectors)]; }

 private:
  static constexpr int64_t kSunkPanels = 16;
  // Rows whose distance has sunk, as panels of their own.
  struct SunkRows {
    explicit SunkRows(int64_t dimension)
        : values(static_cast<size_t>(kSunkPanels * kPanelVectors * dimension) * sizeof(float)),
          norms(kSunkPanels * kPanelVectors),
          distances(norms.size()),
          most(norms.size()),
          weights(norms.size()) {}

    AlignedMemory values;
    std::vector<float> norms, distances, most, weights;  // before, and by how much at most a gain sinks
    int64_t count = 0;
  };

  float limit(const NearestChosen& nearest, int64_t i) const;
  void add_sunk(int64_t i, float before, float by);
  // Takes off what the sunk rows' distances have lost, and forgets them.
  void take_off();
  // Adds to the bounds of panel q, or takes off, what rows' distances give.
  void add(int64_t q, double sign, const Panel& rows, const float* distances, const float* most, const float* weights);

  const Workers& workers_;
  const PackedVectors& packed_;
  const Frame& frame_;
  const std::vector<float>& weights_;
  std::vector<float> limits_;             // [whole panels]
  std::vector<double> bounds_, margins_;  // [whole panels], in the frame's scale
  SunkRows sunk_;
};

}  // namespace evosift
