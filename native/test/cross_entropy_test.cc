// The CPU's cross-entropy of logits some of which are masked with -inf, against the definition in double precision.
#include "../kernels/cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "../kernels/cpu_kernels.h"
#include "check.h"

namespace evosift {
namespace {

constexpr int64_t kVocab = 301, kColumns = 100;
constexpr float kMasked = -std::numeric_limits<float>::infinity();

struct Losses {
  double nll, top1, entropy;
};

Losses by_definition(const std::vector<float>& logits, int32_t target) {
  double sum = 0, largest = 0, entropy = 0;
  for (const float x : logits) sum += std::exp(static_cast<double>(x));
  for (const float x : logits) {
    const double p = std::exp(static_cast<double>(x)) / sum;
    largest = std::max(largest, p);
    entropy -= p > 0 ? p * std::log(p) : 0;
  }
  return {std::log(sum) - static_cast<double>(logits[static_cast<size_t>(target)]), largest, entropy};
}

Losses by_tiles(const std::vector<float>& logits, int32_t target) {
  CrossEntropyState state;
  cross_entropy_begin(&state, 1);
  for (int64_t first = 0; first < kVocab; first += kColumns) {
    const int64_t columns = std::min(kColumns, kVocab - first);
    std::vector<float> tile(logits.begin() + first, logits.begin() + first + columns);
    cpu_kernels().cross_entropy({tile.data(), 1, columns, columns, first, &target, 0.0f, true, &state});
  }
  float nll, top1, entropy;
  cross_entropy_end(&state, 1, {&nll, &top1, &entropy});
  return {static_cast<double>(nll), static_cast<double>(top1), static_cast<double>(entropy)};
}

TEST(masked_logits_have_no_part) {
  std::vector<float> some(kVocab);
  for (size_t i = 0; i < kVocab; ++i) some[i] = 5 * std::sin(static_cast<float>(i));
  auto others = some, tile = some, all_but_one = std::vector<float>(kVocab, kMasked);
  for (size_t i = 0; i < kVocab; i += 3) others[i] = kMasked;
  std::fill_n(tile.begin(), kColumns, kMasked);
  all_but_one[250] = 1.5f;
  const std::vector<std::pair<const char*, const std::vector<float>&>> cases{
      {"none", some}, {"each third", others}, {"the first tile", tile}, {"all but one", all_but_one}};
  for (const auto& [name, logits] : cases) {
    const Losses expected = by_definition(logits, 250), got = by_tiles(logits, 250);
    CHECK(std::abs(got.nll - expected.nll) <= 2e-6);
    CHECK_NEAR(got.top1, expected.top1, 2e-6, name);
    CHECK_EQUAL(std::abs(got.entropy - expected.entropy) <= 2e-6, true,
                std::string(name) + ": " + std::to_string(got.entropy) + ", not " + std::to_string(expected.entropy));
  }
  CHECK_EQUAL(by_tiles(others, 0).nll, std::numeric_limits<double>::infinity(), "a masked target");
}

}  // namespace
}  // namespace evosift
