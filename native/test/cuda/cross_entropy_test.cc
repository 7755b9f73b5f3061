// The head's losses on the host twin against the formula in double.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "../../kernels/cross_entropy_cuda.h"
#include "../check.h"

namespace evosift {
namespace {

constexpr int64_t kVocab = 300, kColumns = 128;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct Losses {
  std::vector<float> nll, top1, entropy;
};

// Tile by tile, as a padded head gives them; what is beyond the vocabulary holds NaNs.
Losses by_tiles(const std::vector<std::vector<float>>& logits, const std::vector<int32_t>& targets, float softcap) {
  const size_t rows = logits.size();
  Losses l{std::vector<float>(rows), std::vector<float>(rows), std::vector<float>(rows)};
  std::vector<CrossEntropyState> states(rows);
  std::memset(static_cast<void*>(states.data()), 0xff, rows * sizeof(CrossEntropyState));
  for (int64_t first = 0; first < kVocab; first += kColumns) {
    const int64_t columns = std::min(kColumns, kVocab - first);
    std::vector<float> tile(rows * static_cast<size_t>(kColumns), kNan);
    for (size_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < columns; ++c)
        tile[r * static_cast<size_t>(kColumns) + static_cast<size_t>(c)] = logits[r][static_cast<size_t>(first + c)];
    cuda::cross_entropy({tile.data(), static_cast<int64_t>(rows), columns, kColumns, first, kVocab, targets.data(),
                         softcap, states.data(), l.nll.data(), l.top1.data(), l.entropy.data()},
                        nullptr);
  }
  return l;
}

TEST(cross_entropy_is_the_formula) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0, 4);
  std::vector<std::vector<float>> logits(5, std::vector<float>(kVocab));
  for (auto& row : logits)
    for (float& x : row) x = normal(random);
  const std::vector<int32_t> targets{0, 127, 128, 299, 150};
  // Masked tokens: some of them, and a whole tile.
  constexpr float kMasked = -std::numeric_limits<float>::infinity();
  for (const size_t c : {0, 5, 130, 298}) logits[3][c] = kMasked;
  for (size_t c = 0; c < kColumns; ++c) logits[4][c] = kMasked;
  for (const float cap : {0.0f, 3.0f}) {
    const Losses l = by_tiles(logits, targets, cap);
    for (size_t r = 0; r < logits.size(); ++r) {
      double sum = 0, weighted = 0, largest = 0, target = 0;
      for (size_t c = 0; c < kVocab; ++c) {
        const double raw = static_cast<double>(logits[r][c]), limit = static_cast<double>(cap);
        const double x = cap > 0 ? limit * std::tanh(raw / limit) : raw;
        sum += std::exp(x);
        weighted += std::isinf(x) ? 0 : x * std::exp(x);
        largest = std::max(largest, std::exp(x));
        if (static_cast<int32_t>(c) == targets[r]) target = x;
      }
      CHECK_NEAR(static_cast<double>(l.nll[r]), std::log(sum) - target, 2e-6, "nll");
      CHECK_NEAR(static_cast<double>(l.top1[r]), largest / sum, 2e-6, "top1");
      CHECK_NEAR(static_cast<double>(l.entropy[r]), std::log(sum) - weighted / sum, 2e-5, "entropy");
    }
  }
}

TEST(logits_that_are_not_finite_give_no_loss) {
  std::vector<std::vector<float>> logits(4, std::vector<float>(kVocab, 1.0f));
  logits[0][7] = kNan;
  logits[1][200] = std::numeric_limits<float>::infinity();
  logits[2][299] = kNan;
  const Losses l = by_tiles(logits, {0, 0, 0, 0}, 0.0f);
  for (const size_t row : {0, 1, 2}) CHECK(!std::isfinite(l.nll[row]));
  CHECK_NEAR(static_cast<double>(l.nll[3]), std::log(static_cast<double>(kVocab)), 1e-6, "its neighbour");
}

}  // namespace
}  // namespace evosift
