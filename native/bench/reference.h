// The operations in plain double precision, written from their formulas: what the kernels' results are held against.
#pragma once

#include <vector>

#include "../model/architecture.h"

namespace evosift {
namespace reference {

using Row = std::vector<double>;

// RMS norm (Zhang and Sennrich 2019), or layer norm (Ba et al. 2016) where `centre`; an empty bias adds nothing.
Row norm(const Row& x, const Row& weight, const Row& bias, double eps, bool centre);

// One head at one position (Su et al. 2021, half-split): `angles` of the first 2 * angles.size() dimensions.
Row rope(const Row& x, const Row& angles);

// One query over its keys (Vaswani et al. 2017): softmax(scale q k^T) v.
Row attention(const Row& query, const std::vector<Row>& keys, const std::vector<Row>& values, double scale);

double activation(Activation kind, double x);

// -log softmax(logits)[target], nats.
double cross_entropy(const Row& logits, size_t target);

// The least squared distance of vector `i` from another one.
double nearest(const std::vector<Row>& vectors, size_t i);

// How far results are from the reference. `relative` is to the reference's own size or, where that is less, to the root
// mean square of all of it: the rounding of a sum is of the size of its terms.
struct Errors {
  double absolute, relative;
};
Errors compare(const Row& results, const Row& reference);

}  // namespace reference
}  // namespace evosift
