#include "nearest_neighbors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>

#include "../../kernels/squared_distance.h"
#include "near_pairs.h"

namespace evosift {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A block of vectors with the nearest that one thread knows of for each.
struct Block {
  int64_t first = 0, count = 0;  // vectors
  std::vector<double> distances = {};
  std::vector<int32_t> indexes = {};
  std::vector<float> limits = {};  // [whole panels]: what a lower bound may be to matter; -infinity where nothing does

  int64_t first_panel() const { return first / kPanelVectors; }
  int64_t panels() const { return (count + kPanelVectors - 1) / kPanelVectors; }
};

// The nearest found so far, of all vectors. Threads read a block of it, and put back what they found.
class Nearest {
 public:
  Nearest(int64_t count, const Frame& frame) : frame_(frame) {
    found_.squared_distances.assign(static_cast<size_t>(count), kInfinity);
    found_.indexes.assign(static_cast<size_t>(count), -1);
  }

  // `others`: the first of those that the block will be compared with.
  void read(Block& block, int64_t others) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto n = static_cast<size_t>(block.count), at = static_cast<size_t>(block.first);
    block.distances.assign(&found_.squared_distances[at], &found_.squared_distances[at] + n);
    block.indexes.assign(&found_.indexes[at], &found_.indexes[at] + n);
    block.limits.assign(static_cast<size_t>(block.panels() * kPanelVectors), -std::numeric_limits<float>::infinity());
    for (size_t i = 0; i < n; ++i)
      if (block.distances[i] != 0 || block.indexes[i] > others) block.limits[i] = frame_.limit(block.distances[i]);
  }

  void merge(const Block& block) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (int64_t i = 0; i < block.count; ++i) {
      const auto from = static_cast<size_t>(i), to = static_cast<size_t>(block.first + i);
      if (!nearer(block.distances[from], block.indexes[from], found_.squared_distances[to], found_.indexes[to]))
        continue;
      found_.squared_distances[to] = block.distances[from];
      found_.indexes[to] = block.indexes[from];
    }
  }

  // A block's vector has another one at that distance; they come in ascending order.
  void offer(Block& block, int64_t vector, int64_t other, double distance) const {
    const auto i = static_cast<size_t>(vector - block.first);
    const auto index = static_cast<int32_t>(other);
    if (!nearer(distance, index, block.distances[i], block.indexes[i])) return;
    block.distances[i] = distance;
    block.indexes[i] = index;
    block.limits[i] = distance == 0 ? -std::numeric_limits<float>::infinity() : frame_.limit(distance);
  }

  Neighbors take() { return std::move(found_); }

 private:
  static bool nearer(double distance, int32_t index, double than, int32_t than_index) {
    return distance < than || (distance == than && index < than_index);
  }

  const Frame& frame_;
  std::mutex mutex_;
  Neighbors found_;
};

class Search {
 public:
  Search(const Workers& workers, const VectorSet& vectors, const VectorSet& against)
      : workers_(workers),
        vectors_(vectors),
        against_(against),
        itself_(&vectors == &against),
        frame_(Frame::of(vectors, against)),
        rows_(workers, vectors, frame_),
        columns_(itself_ ? rows_ : others_.emplace(workers, against, frame_)),
        block_(panels_of_a_block(vectors.dimension) * kPanelVectors),
        nearest_(vectors.count(), frame_) {}

  Neighbors run(const Progress& progress) {
    const int64_t down = blocks(rows_), across = blocks(columns_);
    const int64_t pairs = itself_ ? down * (down + 1) / 2 : down * across;
    std::atomic<int64_t> done{0};
    workers_.each(pairs, [&](int64_t i) {
      const int64_t row = itself_ ? triangle_row(i, across) : i / across;
      compare(row, itself_ ? row + i - triangle_start(row, across) : i % across);
      progress(static_cast<double>(++done) / static_cast<double>(pairs));
    });
    return nearest_.take();
  }

 private:
  int64_t blocks(const PackedVectors& packed) const { return (packed.count() + block_ - 1) / block_; }

  // Pairs of blocks (I, J) with I <= J, row by row: how many stand before row I's, and the row of the i-th.
  static int64_t triangle_start(int64_t row, int64_t size) { return row * size - row * (row - 1) / 2; }
  static int64_t triangle_row(int64_t i, int64_t size) {
    int64_t low = 0, high = size;
    while (high - low > 1) {
      const int64_t middle = (low + high) / 2;
      (triangle_start(middle, size) <= i ? low : high) = middle;
    }
    return low;
  }

  Block block_of(const PackedVectors& packed, int64_t number) const {
    const int64_t first = number * block_;
    return {first, std::min(block_, packed.count() - first)};
  }

  void compare(int64_t row_block, int64_t column_block) {
    Block rows = block_of(rows_, row_block), others = block_of(columns_, column_block);
    const bool same = itself_ && row_block == column_block;
    nearest_.read(rows, others.first);
    if (itself_)
      nearest_.read(others, rows.first);
    else
      others.limits.assign(static_cast<size_t>(others.panels() * kPanelVectors),
                           -std::numeric_limits<float>::infinity());
    Block& columns = same ? rows : others;
    for (int64_t r = 0; r < rows.panels(); ++r) {
      for (int64_t c = same ? r : 0; c < columns.panels(); ++c) {
        workers_.check();
        compare_panels(rows, r, columns, c);
      }
    }
    nearest_.merge(rows);
    if (itself_ && !same) nearest_.merge(columns);
  }

  void compare_panels(Block& rows, int64_t row_panel, Block& columns, int64_t column_panel) {
    const int64_t p = rows.first_panel() + row_panel, q = columns.first_panel() + column_panel;
    near_pairs(vectors_.dimension, rows_.panel(p), rows.limits.data() + row_panel * kPanelVectors, columns_.panel(q),
               columns.limits.data() + column_panel * kPanelVectors, itself_ && p == q, [&](int64_t r, int64_t c) {
                 compare_vectors(rows, p * kPanelVectors + r, columns, q * kPanelVectors + c);
               });
  }

  void compare_vectors(Block& rows, int64_t row, Block& columns, int64_t column) {
    const double distance = squared_distance(vectors_.row(row), against_.row(column), vectors_.dimension);
    nearest_.offer(rows, row, column, distance);
    if (itself_) nearest_.offer(columns, column, row, distance);
  }

  const Workers& workers_;
  const VectorSet &vectors_, &against_;
  const bool itself_;
  const Frame frame_;
  const PackedVectors rows_;
  std::optional<const PackedVectors> others_;
  const PackedVectors& columns_;
  const int64_t block_;
  Nearest nearest_;
};

}  // namespace

Neighbors nearest_neighbors(const Workers& workers, const VectorSet& vectors, const Progress& progress) {
  return Search(workers, vectors, vectors).run(progress);
}

Neighbors nearest_neighbors(const Workers& workers, const VectorSet& vectors, const VectorSet& against,
                            const Progress& progress) {
  return Search(workers, vectors, against).run(progress);
}

}  // namespace evosift
