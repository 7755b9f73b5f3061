// The CPU's matmuls against sums in double precision, in sizes that are a multiple of nothing.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "../base/aligned_memory.h"
#include "../base/bf16.h"
#include "../base/instruction_set.h"
#include "../kernels/matmul_onednn.h"
#include "check.h"

namespace evosift {
namespace {

// Uniform in [-1, 1), exact in the dtype.
float noise(Dtype dtype, int64_t i) {
  auto hash = static_cast<uint32_t>(i + 1) * 2654435761u;
  hash = (hash ^ hash >> 15) * 2246822519u;
  hash ^= hash >> 13;
  const float value = static_cast<float>(static_cast<int32_t>(hash)) * 0x1p-31f;
  return dtype == Dtype::f32 ? value : to_f32(to_bf16(value));
}

struct Case {
  int64_t out, in, rows;
  bool bias, accumulate;
};

const Case kCases[] = {{1, 1, 1, false, false},       {16, 32, 16, false, false}, {17, 31, 5, true, false},
                       {33, 60, 33, false, true},     {40, 33, 128, true, true},  {544, 576, 100, false, false},
                       {96, 1000, 47, false, true},   {48, 64, 128, true, false}, {401, 60, 70, false, false},
                       {1000, 72, 128, false, false}, {72, 600, 250, true, true}};

void fill(Dtype dtype, void* to, int64_t count, int64_t seed) {
  for (int64_t i = 0; i < count; ++i) {
    if (dtype == Dtype::bf16)
      static_cast<bf16*>(to)[i] = to_bf16(noise(dtype, seed + i));
    else
      static_cast<float*>(to)[i] = noise(dtype, seed + i);
  }
}

// `stored`: what the weights are exact in.
void check_case(Matmuls& matmuls, Case c, Dtype stored, int64_t chunk_multiple) {
  constexpr int64_t kX = 1, kW = 100000, kB = 200000, kY = 300000;
  const Dtype dtype = matmuls.dtype();
  const int64_t tile = matmuls.tile_rows();
  c.rows = std::min(c.rows, tile);
  const std::string context = std::to_string(c.out) + " x " + std::to_string(c.in) + (c.bias ? " bias" : "") +
                              (c.accumulate ? " add" : "") + ", " + matmuls.implementation();
  MatmulRunner runner;
  std::vector<float> bias;
  for (int64_t o = 0; o < c.out && c.bias; ++o) bias.push_back(noise(Dtype::f32, kB + o));
  const auto read = [&](int64_t first, int64_t count, float* to) {
    for (int64_t i = 0; i < count * c.in; ++i) to[i] = noise(stored, kW + first * c.in + i);
  };
  const PackedLinear packed(matmuls, {c.out, c.in, c.accumulate, chunk_multiple}, read, bias, runner);
  // What is beyond the rows must not get into them: infinities.
  AlignedMemory x(static_cast<size_t>(tile * c.in * bytes_of(dtype))), y(static_cast<size_t>(tile * c.out) * 4);
  if (dtype == Dtype::bf16)
    std::fill_n(static_cast<bf16*>(x.data()), tile * c.in, bf16{0x7f80});
  else
    std::fill_n(static_cast<float*>(x.data()), tile * c.in, std::numeric_limits<float>::infinity());
  fill(dtype, x.data(), c.rows * c.in, kX);
  MatmulInput input;
  input.set(matmuls, x.data(), c.rows, c.in);
  auto* out = static_cast<float*>(y.data());

  for (size_t k = 0; k < packed.chunks().size(); ++k) {
    const auto [first, columns] = packed.chunks()[k];
    fill(Dtype::f32, out, tile * columns, kY);
    packed.run(runner, k, input.tile(0), c.rows, out);
    for (int64_t r = 0; r < c.rows; ++r) {
      for (int64_t o = 0; o < columns; ++o) {
        double sum = (c.bias ? static_cast<double>(noise(Dtype::f32, kB + first + o)) : 0) +
                     (c.accumulate ? static_cast<double>(noise(Dtype::f32, kY + r * columns + o)) : 0);
        for (int64_t i = 0; i < c.in; ++i)
          sum += static_cast<double>(noise(dtype, kX + r * c.in + i)) *
                 static_cast<double>(noise(stored, kW + (first + o) * c.in + i));
        // Sums of up to a thousand f32 products of about 1/3.
        if (!(std::abs(static_cast<double>(out[r * columns + o]) - sum) <= 2e-4)) {
          CHECK_EQUAL(static_cast<double>(out[r * columns + o]), sum,
                      context + ", row " + std::to_string(r) + ", column " + std::to_string(first + o));
          return;
        }
      }
    }
  }
}

std::vector<Dtype> dtypes_here() {
  if (instruction_set() >= InstructionSet::avx512_bf16) return {Dtype::f32, Dtype::bf16};
  return {Dtype::f32};
}

TEST(matmuls_are_the_product) {
  for (const Dtype dtype : dtypes_here()) {
    for (const Case& c : kCases) {
      for (const int64_t chunk_multiple : {0, 64}) {
        check_case(*make_matmuls(dtype), c, dtype, chunk_multiple);
        check_case(*make_onednn_matmuls(dtype), c, dtype, chunk_multiple);
        if (dtype == Dtype::f32) check_case(*make_matmuls(dtype), c, Dtype::bf16, chunk_multiple);
      }
    }
  }
}

// The bits of rows [first, first + rows) of one and the same x, multiplied together.
std::vector<float> multiply_rows(const Matmuls& matmuls, const PackedLinear& packed, int64_t first, int64_t rows) {
  const int64_t in = packed.in_features(), out = packed.out_features(), tile = matmuls.tile_rows();
  AlignedMemory x(static_cast<size_t>(tile * in * bytes_of(matmuls.dtype())));
  std::vector<float> y(static_cast<size_t>(tile * out));
  std::memset(x.data(), 0, x.size());
  fill(matmuls.dtype(), x.data(), rows * in, first * in);
  MatmulInput input;
  input.set(matmuls, x.data(), rows, in);
  MatmulRunner runner;
  packed.run(runner, 0, input.tile(0), rows, y.data());
  y.resize(static_cast<size_t>(rows * out));
  return y;
}

TEST(rows_do_not_depend_on_one_another) {
  constexpr int64_t kOut = 72, kIn = 600;
  for (const Dtype dtype : dtypes_here()) {
    for (const Dtype stored : {dtype, Dtype::bf16}) {
      const auto matmuls = make_matmuls(dtype);
      MatmulRunner runner;
      const auto read = [&](int64_t first, int64_t count, float* to) {
        for (int64_t i = 0; i < count * kIn; ++i) to[i] = noise(stored, 100000 + first * kIn + i);
      };
      const PackedLinear packed(*matmuls, {kOut, kIn, false, 0}, read, {}, runner);
      const int64_t tile = matmuls->tile_rows();
      const std::vector<float> whole = multiply_rows(*matmuls, packed, 0, tile);
      for (const auto& [first, rows] :
           std::vector<std::pair<int64_t, int64_t>>{{0, 1}, {5, 17}, {31, 90}, {3, tile - 3}})
        CHECK_EQUAL(
            std::memcmp(multiply_rows(*matmuls, packed, first, rows).data(), &whole[static_cast<size_t>(first * kOut)],
                        static_cast<size_t>(rows * kOut) * sizeof(float)),
            0, matmuls->implementation() + ", " + std::to_string(rows) + " rows from " + std::to_string(first));
    }
  }
}

}  // namespace
}  // namespace evosift
