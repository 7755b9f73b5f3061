// Attention on the host twin against the formula in double.
#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "../../base/bf16.h"
#include "../../kernels/attention_cuda.h"
#include "../check.h"

namespace evosift {
namespace {

using namespace cuda;

struct Case {
  int64_t head_dim, heads, kv_heads, window;
  float softcap;
};

// Every bucket of head sizes, sizes between them and one that no copy of 16 bytes fits.
const Case kCases[] = {{10, 4, 2, 0, 0},  {32, 2, 1, 7, 0},   {48, 3, 3, 0, 20}, {80, 2, 1, 70, 0},
                       {128, 2, 2, 0, 5}, {192, 1, 1, 33, 0}, {256, 2, 1, 0, 0}, {33, 1, 1, 5, 3}};
const int32_t kLengths[] = {1, 67, 16, 130};

std::vector<double> reference(const Case& c, const std::vector<float>& qkv, float scale) {
  const auto width = static_cast<size_t>((c.heads + 2 * c.kv_heads) * c.head_dim);
  std::vector<double> out;
  size_t first = 0;
  for (const int32_t length : kLengths) {
    for (int32_t i = 0; i < length; ++i)
      for (int64_t h = 0; h < c.heads; ++h) {
        const float* q = &qkv[(first + static_cast<size_t>(i)) * width] + h * c.head_dim;
        const auto row = [&](int32_t j, int64_t head) {
          return &qkv[(first + static_cast<size_t>(j)) * width] + head * c.head_dim;
        };
        const int64_t kv = h / (c.heads / c.kv_heads);
        std::vector<double> o(static_cast<size_t>(c.head_dim), 0.0);
        double sum = 0;
        for (int32_t j = 0; j <= i; ++j) {
          if (c.window > 0 && i - j >= c.window) continue;
          double s = 0;
          for (int64_t d = 0; d < c.head_dim; ++d)
            s += static_cast<double>(q[d]) * static_cast<double>(row(j, c.heads + kv)[d]);
          s *= static_cast<double>(scale);
          const double cap = static_cast<double>(c.softcap);
          const double e = std::exp(cap > 0 ? cap * std::tanh(s / cap) : s);
          sum += e;
          for (int64_t d = 0; d < c.head_dim; ++d)
            o[static_cast<size_t>(d)] += e * static_cast<double>(row(j, c.heads + c.kv_heads + kv)[d]);
        }
        for (const double v : o) out.push_back(v / sum);
      }
    first += static_cast<size_t>(length);
  }
  return out;
}

std::vector<AttentionTile> tiles(int queries) {
  std::vector<AttentionTile> all;
  int32_t first = 0;
  for (const int32_t length : kLengths) {
    for (int32_t q = 0; q < length; q += queries) all.push_back({first, length, q});
    first += length;
  }
  return all;
}

template <typename T>
std::vector<float> attend(const Case& c, const std::vector<T>& qkv, float scale, Dtype type, size_t rows) {
  const auto work = tiles(attention_queries(type));
  const auto count = static_cast<int32_t>(work.size());
  int32_t claimed = 0;
  std::vector<T> out(rows * static_cast<size_t>(c.heads * c.head_dim));
  attention({qkv.data(), c.heads, c.kv_heads, c.head_dim, scale, c.softcap, c.window, out.data(), type, work.data(),
             &count, &claimed, 3},
            nullptr);
  std::vector<float> values;
  for (const T v : out) {
    if constexpr (sizeof(T) == 2)
      values.push_back(to_f32(v));
    else
      values.push_back(v);
  }
  return values;
}

double worst(const std::vector<float>& got, const std::vector<double>& want) {
  double largest = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    const double off = std::abs(static_cast<double>(got[i]) - want[i]);
    if (!(off <= largest)) largest = off;
  }
  return largest;
}

TEST(attention_is_the_formula) {
  size_t rows = 0;
  for (const int32_t length : kLengths) rows += static_cast<size_t>(length);
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  for (const Case& c : kCases) {
    const std::string name = "head " + std::to_string(c.head_dim);
    std::vector<bf16> rounded(rows * static_cast<size_t>((c.heads + 2 * c.kv_heads) * c.head_dim));
    std::vector<float> qkv;
    float largest = 0;
    for (bf16& x : rounded) {
      x = to_bf16(normal(random));
      qkv.push_back(to_f32(x));
      largest = std::max(largest, std::abs(qkv.back()));
    }
    const float scale = 1.0f / std::sqrt(static_cast<float>(c.head_dim));
    const auto want = reference(c, qkv, scale);
    const double f32 = worst(attend(c, qkv, scale, Dtype::f32, rows), want);
    CHECK_EQUAL(f32 <= 1e-5, true, name + " f32: " + std::to_string(f32));
    // Probabilities and the output are rounded to 8 bits, each off by at most 2^-9 of at most the largest value.
    const double bf = worst(attend(c, rounded, scale, Dtype::bf16, rows), want);
    CHECK_EQUAL(bf <= 2.0 / 512 * static_cast<double>(largest) + 1e-5, true, name + " bf16: " + std::to_string(bf));
  }
}

}  // namespace
}  // namespace evosift
