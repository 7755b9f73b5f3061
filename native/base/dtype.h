// What matmul inputs are stored as.
#pragma once

#include <cstdint>

namespace evosift {

enum class Dtype : int { f32, bf16 };

constexpr int64_t bytes_of(Dtype t) { return t == Dtype::f32 ? 4 : 2; }
constexpr int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

}  // namespace evosift
