#include "near_duplicates.h"

#include <algorithm>
#include <limits>

#include "../../kernels/squared_distance.h"
#include "near_pairs.h"

namespace evosift {

namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr int32_t kKept = -1;

class Sieve {
 public:
  Sieve(const Workers& workers, const VectorSet& vectors, double within)
      : workers_(workers),
        vectors_(vectors),
        within_(within),
        frame_(Frame::of(vectors, vectors)),
        limit_(frame_.limit(within)),
        packed_(workers, vectors, frame_),
        kept_(static_cast<size_t>(vectors.count()), kKept) {}

  // A block is settled first, among its own; then it drops of all later blocks what repeats it.
  std::vector<int32_t> run(const Progress& progress) {
    const int64_t size = panels_of_a_block(vectors_.dimension);
    const int64_t blocks = (packed_.panels() + size - 1) / size;
    const auto end_of = [&](int64_t block) { return std::min(packed_.panels(), (block + 1) * size); };
    for (int64_t b = 0; b < blocks; ++b) {
      for (int64_t p = b * size; p < end_of(b); ++p)
        for (int64_t q = p; q < end_of(b); ++q) drop(p, q);
      workers_.each(blocks - b - 1, [&](int64_t i) {
        const int64_t later = b + 1 + i;
        for (int64_t p = b * size; p < end_of(b); ++p)
          for (int64_t q = later * size; q < end_of(later); ++q) drop(p, q);
      });
      const double left = static_cast<double>(blocks - b - 1) / static_cast<double>(blocks);
      progress(1 - left * left);
    }
    return std::move(kept_);
  }

 private:
  bool is_kept(int64_t i) const { return kept_[static_cast<size_t>(i)] == kKept; }
  bool any_kept(int64_t panel) const {
    const auto first = kept_.begin() + panel * kPanelVectors;
    const auto last = kept_.begin() + std::min(packed_.count(), (panel + 1) * kPanelVectors);
    return std::find(first, last, kKept) != last;
  }

  // Drops of panel q what repeats a kept vector of panel p.
  void drop(int64_t p, int64_t q) {
    if (!any_kept(p) || !any_kept(q)) return;
    workers_.check();
    const int64_t row = p * kPanelVectors, column = q * kPanelVectors;
    float row_limits[kPanelVectors], column_limits[kPanelVectors];
    std::fill_n(column_limits, kPanelVectors, kNever);
    for (int64_t r = 0; r < kPanelVectors; ++r)
      row_limits[r] = row + r < packed_.count() && is_kept(row + r) ? limit_ : kNever;
    near_pairs(vectors_.dimension, packed_.panel(p), row_limits, packed_.panel(q), column_limits, p == q,
               [&](int64_t r, int64_t c) {
                 if (!is_kept(row + r) || !is_kept(column + c)) return;
                 if (squared_distance(vectors_.row(row + r), vectors_.row(column + c), vectors_.dimension) <= within_)
                   kept_[static_cast<size_t>(column + c)] = static_cast<int32_t>(row + r);
               });
  }

  const Workers& workers_;
  const VectorSet& vectors_;
  const double within_;
  const Frame frame_;
  const float limit_;
  const PackedVectors packed_;
  std::vector<int32_t> kept_;  // or the one that it repeats
};

}  // namespace

std::vector<int32_t> near_duplicates(const Workers& workers, const VectorSet& vectors, double squared_distance,
                                     const Progress& progress) {
  return Sieve(workers, vectors, squared_distance).run(progress);
}

}  // namespace evosift
