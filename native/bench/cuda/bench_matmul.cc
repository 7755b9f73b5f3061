#include <cmath>

#include "device_bench.h"
#include "shared_memory_kernels.h"

namespace evosift {
namespace cuda {

namespace {

using reference::Row;

struct Matrix {
  const char* name;
  int64_t out, in;
  bool accumulate;
};

// Outputs that are held against the reference: rows and columns apart by primes, so that all places in a tile come up.
constexpr int64_t kRowStep = 211;
constexpr int64_t kColumnStep = 61;

void bench_matrix(DeviceBench& bench, const ModelShape& m, Dtype dtype, const Matrix& matrix) {
  const auto [name, out, in, accumulate] = matrix;
  const int64_t rows = bench.sizes().rows;
  // W is of variance 1, so x is of 1 / in, that results have about the size of the weights.
  Values scaled = Values::of_noise(rows * in, dtype, 1);
  for (int64_t i = 0; i < rows * in; ++i)
    scaled.set(i, static_cast<float>(scaled.get(i)) / std::sqrt(static_cast<float>(in)));
  const DeviceValues x(std::move(scaled), bench.stream());
  const DeviceValues w = bench.noise(out * in, dtype, 2);
  const DeviceValues before = bench.noise(rows * out, Dtype::f32, 3), y = bench.room(rows * out, Dtype::f32);
  const GemmArgs args{x.data(), w.data(), nullptr, y.f32(), rows, out, in, accumulate};

  Row expected;
  std::vector<int64_t> places;
  for (int64_t r = 0; r < rows; r += kRowStep) {
    const Row left = row_of(x.host(), r * in, in);
    for (int64_t col = r % kColumnStep; col < out; col += kColumnStep) {
      double sum = accumulate ? before.host().get(r * out + col) : 0;
      for (int64_t k = 0; k < in; ++k) sum += left[static_cast<size_t>(k)] * w.host().get(col * in + k);
      expected.push_back(sum);
      places.push_back(r * out + col);
    }
  }

  const auto restore = [&] { copy_on_device(y.data(), before.data(), static_cast<size_t>(y.bytes()), bench.stream()); };
  const Rung ladder[] = {{"naive", [&] { naive_matmul(args, dtype, bench.handle()); }},
                         {"shared memory", [&] { shared_memory_matmul(args, dtype, bench.handle()); }},
                         {"fast", [&] { bench.multiply(args, dtype); }}};
  for (const auto& [variant, run] : ladder) {
    const BenchCase c{"matmul", variant,
                      m,        std::string(name) + " " + times(rows, out) + " x " + std::to_string(in),
                      dtype,    dtype == Dtype::bf16 ? 2e-5 : 1e-5};
    restore();
    run();
    const Values written = y.results();
    Row results;
    for (const int64_t place : places) results.push_back(written.get(place));
    const reference::Errors errors = check_case(c, results, expected);
    bench.add_compute(c, errors, bench.seconds(run, restore), 2.0 * static_cast<double>(rows * out * in));
  }
}

}  // namespace

// The matrices of a layer, and of the head the columns that are scored at a time.
void bench_matmul(DeviceBench& bench, const ModelShape& m, Dtype dtype) {
  const Matrix matrices[] = {{"qkv", m.qkv_width(), m.hidden, false},
                             {"out", m.hidden, m.q_width(), true},
                             {m.is_gpt2 ? "up" : "gate_up", m.gates() * m.intermediate, m.hidden, false},
                             {"down", m.hidden, m.intermediate, true},
                             {"head's tile", bench.sizes().head_columns, m.hidden, false}};
  for (const Matrix& matrix : matrices) bench_matrix(bench, m, dtype, matrix);
}

}  // namespace cuda
}  // namespace evosift
