#include "limits.h"

#include <immintrin.h>

#include <algorithm>
#include <cstring>

#include "../kernels/matmul_onednn.h"
#include "bench_data.h"
#include "timing.h"

namespace evosift {

namespace {

// Rows, out and in of matmuls on which oneDNN does well: operands in L2, and beyond it.
constexpr int64_t kMatmuls[][3] = {{64, 512, 512}, {256, 1024, 1024}, {256, 2048, 512}, {512, 2048, 2048}};
constexpr double kMatmulSeconds = 0.1;

double matmul_rate(Dtype dtype) {
  double best = 0;
  for (const auto& [rows, out, in] : kMatmuls)
    best = std::max(best, measure_matmul(dtype, rows, out, in, 1, false, kMatmulSeconds));
  return best;
}

// Loads at the rate of the load ports; the result only keeps the compiler from leaving them out.
__m256i read_all(const __m256i* p, int64_t count) {
  __m256i sums[4] = {};
  for (int64_t i = 0; i + 4 <= count; i += 4)
    for (int k = 0; k < 4; ++k) sums[k] = _mm256_xor_si256(sums[k], _mm256_load_si256(p + i + k));
  return _mm256_xor_si256(_mm256_xor_si256(sums[0], sums[1]), _mm256_xor_si256(sums[2], sums[3]));
}

double memory_rate(Traffic traffic, int64_t bytes) {
  double seconds;
  if (traffic == Traffic::copy) {
    Values from(bytes / 8, Dtype::f32), to(bytes / 8, Dtype::f32);
    seconds = median_seconds([&] { std::memcpy(to.data(), from.data(), static_cast<size_t>(bytes / 2)); });
  } else {
    Values from(bytes / 4, Dtype::f32);
    __m256i sink = _mm256_setzero_si256();
    seconds = median_seconds([&] {
      sink = _mm256_xor_si256(sink, read_all(static_cast<const __m256i*>(from.data()), bytes / 32));
      asm volatile("" : : "m"(sink) : "memory");
    });
  }
  return static_cast<double>(bytes) / seconds * 1e-9;
}

std::string size_text(int64_t bytes) { return std::to_string((bytes + 512) / 1024) + " KiB"; }

}  // namespace

std::string Limits::matmul(Dtype dtype) {
  const std::string name = dtype == Dtype::bf16 ? "matmul bf16" : "matmul f32";
  if (matmuls_.emplace(name, dtype).second) rates_[name] = matmul_rate(dtype);
  return name;
}

std::string Limits::memory(Traffic traffic, int64_t bytes) {
  const int64_t whole = round_up(bytes, 1024);
  const std::string name = (traffic == Traffic::copy ? "copy " : "read ") + size_text(whole);
  if (memories_.emplace(name, Memory{traffic, whole}).second) rates_[name] = memory_rate(traffic, whole);
  return name;
}

void Limits::measure_again() {
  for (const auto& [name, dtype] : matmuls_) rates_[name] = std::max(rates_[name], matmul_rate(dtype));
  for (const auto& [name, memory] : memories_)
    rates_[name] = std::max(rates_[name], memory_rate(memory.traffic, memory.bytes));
}

}  // namespace evosift
