#include "reference.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace evosift {
namespace reference {

Row norm(const Row& x, const Row& weight, const Row& bias, double eps, bool centre) {
  const auto n = static_cast<double>(x.size());
  double mean = 0, squares = 0;
  if (centre)
    for (const double v : x) mean += v / n;
  for (const double v : x) squares += (v - mean) * (v - mean) / n;
  Row y(x.size());
  for (size_t i = 0; i < x.size(); ++i)
    y[i] = (x[i] - mean) / std::sqrt(squares + eps) * weight[i] + (bias.empty() ? 0 : bias[i]);
  return y;
}

Row rope(const Row& x, const Row& angles) {
  Row y = x;
  const size_t half = angles.size();
  for (size_t i = 0; i < half; ++i) {
    const double c = std::cos(angles[i]), s = std::sin(angles[i]);
    y[i] = x[i] * c - x[i + half] * s;
    y[i + half] = x[i + half] * c + x[i] * s;
  }
  return y;
}

Row attention(const Row& query, const std::vector<Row>& keys, const std::vector<Row>& values, double scale) {
  Row scores;
  for (const Row& key : keys) {
    double dot = 0;
    for (size_t i = 0; i < query.size(); ++i) dot += query[i] * key[i];
    scores.push_back(dot * scale);
  }
  const double top = *std::max_element(scores.begin(), scores.end());
  Row y(query.size());
  double sum = 0;
  for (size_t k = 0; k < keys.size(); ++k) {
    const double weight = std::exp(scores[k] - top);
    sum += weight;
    for (size_t i = 0; i < y.size(); ++i) y[i] += weight * values[k][i];
  }
  for (double& v : y) v /= sum;
  return y;
}

double activation(Activation kind, double x) {
  switch (kind) {
    case Activation::silu: return x / (1 + std::exp(-x));
    case Activation::relu: return std::max(x, 0.0);
    case Activation::gelu_erf: return x / 2 * (1 + std::erf(x / std::sqrt(2.0)));
    case Activation::gelu_tanh: break;
  }
  return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

double cross_entropy(const Row& logits, size_t target) {
  const double top = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const double x : logits) sum += std::exp(x - top);
  return top + std::log(sum) - logits[target];
}

double nearest(const std::vector<Row>& vectors, size_t i) {
  double least = std::numeric_limits<double>::infinity();
  for (size_t j = 0; j < vectors.size(); ++j) {
    if (j == i) continue;
    double sum = 0;
    for (size_t k = 0; k < vectors[i].size(); ++k) {
      const double d = vectors[i][k] - vectors[j][k];
      sum += d * d;
    }
    least = std::min(least, sum);
  }
  return least;
}

Errors compare(const Row& results, const Row& reference) {
  double squares = 0;
  for (const double x : reference) squares += x * x;
  const double typical = std::sqrt(squares / static_cast<double>(reference.size()));
  Errors worst{0, 0};
  for (size_t i = 0; i < reference.size(); ++i) {
    const double error = std::abs(results[i] - reference[i]);
    if (std::isnan(error)) return {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
    worst.absolute = std::max(worst.absolute, error);
    worst.relative = std::max(worst.relative, error / std::max(std::abs(reference[i]), typical));
  }
  return worst;
}

}  // namespace reference
}  // namespace evosift
