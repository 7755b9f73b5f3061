#include "kernel_bench.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <thread>

#include "../base/error.h"
#include "../base/instruction_set.h"
#include "../engine/neighbors/nearest_neighbors.h"
#include "../kernels/cpu_kernels.h"
#include "../kernels/matmul.h"
#include "bench_case.h"
#include "bench_data.h"
#include "limits.h"
#include "timing.h"

namespace evosift {

namespace {

using reference::Row;

constexpr int64_t kRows = 256;
constexpr int64_t kSequences[] = {128, 512};
constexpr double kNormEps = 1e-5;
constexpr double kRopeTheta = 10000;

void append(Row& to, const Row& from) { to.insert(to.end(), from.begin(), from.end()); }

class Bench {
 public:
  Bench() : kernels_(cpu_kernels()) {}

  void matmul(const ModelShape& m, Dtype dtype);
  void norm(const ModelShape& m, Dtype dtype);
  void rope(const ModelShape& m, Dtype dtype);
  void attention(const ModelShape& m, Dtype dtype);
  void activation(const ModelShape& m, Dtype dtype);
  void cross_entropy(const ModelShape& m, Dtype dtype);
  void neighbors(const ModelShape& m, Dtype dtype);

  bool has_bf16() const { return kernels_.bf16; }

  KernelBench finish() {
    limits_.measure_again();
    add_limits(timings_, limits_.rates());
    return {std::move(timings_), limits_.rates(), name_of(instruction_set())};
  }

 private:
  struct Matrix {
    const char* name;
    int64_t out, in;
    bool accumulate;
    int64_t chunk_multiple;
  };

  void add_compute(const BenchCase& c, const reference::Errors& errors, double seconds, double flops) {
    timings_.push_back(timing_of(c, errors, seconds, flops, "GFLOP/s", limits_.matmul(c.dtype)));
  }
  void add_traffic(const BenchCase& c, const reference::Errors& errors, double seconds, Traffic traffic,
                   int64_t bytes) {
    timings_.push_back(
        timing_of(c, errors, seconds, static_cast<double>(bytes), "GB/s", limits_.memory(traffic, bytes)));
  }

  void matmul(const ModelShape& m, Dtype dtype, const Matrix& matrix);

  const CpuKernels& kernels_;
  Limits limits_;
  std::vector<KernelTiming> timings_;
};

// The matrices of a layer, and of the head the columns that a core's cache holds at a time.
void Bench::matmul(const ModelShape& m, Dtype dtype) {
  const int64_t head_columns = PackedLinear::chunk_columns(dtype, {m.vocab, m.hidden, false, 64});
  matmul(m, dtype, {"qkv", m.qkv_width(), m.hidden, false, 0});
  matmul(m, dtype, {"out", m.hidden, m.q_width(), true, 0});
  matmul(m, dtype, {m.is_gpt2 ? "up" : "gate_up", m.gates() * m.intermediate, m.hidden, false, 64 * m.gates()});
  matmul(m, dtype, {"down", m.hidden, m.intermediate, true, 0});
  matmul(m, dtype, {"head's chunk", head_columns, m.hidden, false, 64});
}

void Bench::matmul(const ModelShape& m, Dtype dtype, const Matrix& matrix) {
  const auto [name, out, in, accumulate, chunk_multiple] = matrix;
  const BenchCase c{"matmul", "",
                    m,        std::string(name) + " " + times(kRows, out) + " x " + std::to_string(in),
                    dtype,    dtype == Dtype::bf16 ? 2e-5 : 1e-5};
  // Of variance 1 / in, so that results have about the size of their inputs.
  const float scale = 1.0f / std::sqrt(static_cast<float>(in));
  const auto weight = [&, in = in](int64_t row, int64_t column) { return noise(2, row * in + column) * scale; };
  const std::unique_ptr<Matmuls> matmuls = make_matmuls(dtype);
  const int64_t tile_rows = matmuls->tile_rows();
  MatmulRunner runner;
  const auto read = [&, in = in](int64_t first, int64_t count, float* to) {
    for (int64_t i = 0; i < count * in; ++i) to[i] = weight(first + i / in, i % in);
  };
  const PackedLinear packed(*matmuls, {out, in, accumulate, chunk_multiple}, read, {}, runner);

  // As the device runs it: chunk by chunk into a tile that is used up at once, a matrix in one chunk straight to y.
  const bool by_tiles = chunk_multiple != 0;
  Values x = Values::of_noise(kRows * in, dtype, 1);
  Values y = Values::of_noise(kRows * out, Dtype::f32, 3);
  MatmulInput input;
  const auto for_tiles = [&, out = out, in = in](const auto& use) {
    input.set(*matmuls, x.at(0), kRows, in);
    for (size_t i = 0; i < packed.chunks().size(); ++i) {
      for (int64_t first = 0; first < kRows; first += tile_rows) {
        float* to = by_tiles ? y.f32() : y.f32() + first * out;
        packed.run(runner, i, input.tile(first), tile_rows, to);
        use(first, packed.chunks()[i], to);
      }
    }
  };
  // Every row, at columns that differ from row to row.
  constexpr int64_t kStride = 61;
  Row results, expected;
  for_tiles([&, out = out, in = in, accumulate = accumulate](int64_t first, const PackedLinear::Chunk& chunk,
                                                             const float* tile) {
    for (int64_t r = 0; r < tile_rows; ++r) {
      for (int64_t col = (first + r) % kStride; col < chunk.columns; col += kStride) {
        double sum = accumulate ? static_cast<double>(noise(3, (first + r) * out + col)) : 0;
        for (int64_t k = 0; k < in; ++k)
          sum += x.get((first + r) * in + k) * static_cast<double>(rounded(weight(chunk.first + col, k), dtype));
        results.push_back(static_cast<double>(tile[r * chunk.columns + col]));
        expected.push_back(sum);
      }
    }
  });
  const reference::Errors errors = check_case(c, results, expected);
  const double seconds = median_seconds([&] { for_tiles([](int64_t, const PackedLinear::Chunk&, const float*) {}); });
  add_compute(c, errors, seconds, 2.0 * static_cast<double>(kRows * out * in));
}

void Bench::norm(const ModelShape& m, Dtype dtype) {
  const BenchCase c{"norm", "", m, times(kRows, m.hidden), dtype, dtype == Dtype::bf16 ? 4e-3 : 2e-6};
  Values x = Values::of_noise(kRows * m.hidden, Dtype::f32, 1);
  Values weight = Values::of_noise(m.hidden, Dtype::f32, 2);
  Values bias = Values::of_noise(m.is_gpt2 ? m.hidden : 0, Dtype::f32, 3);
  Values y(kRows * m.hidden, dtype);
  NormArgs args{};
  args.x = x.f32();
  args.rows = kRows;
  args.n = args.x_stride = args.y_stride = m.hidden;
  args.weight = weight.f32();
  args.bias = m.is_gpt2 ? bias.f32() : nullptr;
  args.eps = static_cast<float>(kNormEps);
  args.centre = m.is_gpt2;
  args.y = y.data();
  args.y_type = dtype;
  kernels_.norm(args);
  Row expected;
  for (int64_t r = 0; r < kRows; ++r)
    append(expected, reference::norm(row_of(x, r * m.hidden, m.hidden), row_of(weight, 0, m.hidden),
                                     row_of(bias, 0, bias.size()), kNormEps, m.is_gpt2));
  const reference::Errors errors = check_case(c, row_of(y, 0, y.size()), expected);
  add_traffic(c, errors, median_seconds([&] { kernels_.norm(args); }), Traffic::copy, x.bytes() + y.bytes());
}

// Without rotary positions (GPT-2) only the rounding of what the matmul wrote is left.
void Bench::rope(const ModelShape& m, Dtype dtype) {
  const int64_t width = m.qkv_width(), d = ModelShape::kHeadDim, half = d / 2;
  const BenchCase c{"rope", "", m, times(kRows, width), dtype, dtype == Dtype::bf16 ? 4e-3 : 2e-6};
  Values wide = Values::of_noise(kRows * width, Dtype::f32, 1), qkv(kRows * width, dtype);
  Values cos(kRows * half, Dtype::f32), sin(kRows * half, Dtype::f32);
  std::vector<int32_t> positions;
  std::vector<Row> angles;
  for (int64_t p = 0; p < kRows; ++p) {
    positions.push_back(static_cast<int32_t>(p));
    Row row;
    for (int64_t i = 0; i < half && !m.is_gpt2; ++i) {
      const double exponent = -2.0 * static_cast<double>(i) / static_cast<double>(d);
      row.push_back(static_cast<double>(p) * std::pow(kRopeTheta, exponent));
      cos.set(p * half + i, static_cast<float>(std::cos(row.back())));
      sin.set(p * half + i, static_cast<float>(std::sin(row.back())));
    }
    angles.push_back(row);
  }
  RopeArgs args{};
  args.qkv = wide.f32();
  args.rows = kRows;
  args.heads = m.heads;
  args.kv_heads = m.kv_heads;
  args.head_dim = args.rotary_dim = d;
  args.cos = m.is_gpt2 ? nullptr : cos.f32();
  args.sin = m.is_gpt2 ? nullptr : sin.f32();
  args.positions = positions.data();
  args.out = qkv.data();
  args.out_type = dtype;
  Row expected;
  for (int64_t r = 0; r < kRows; ++r) {
    for (int64_t h = 0; h < m.heads + 2 * m.kv_heads; ++h) {
      const Row head = row_of(wide, r * width + h * d, d);
      const bool is_value = h >= m.heads + m.kv_heads;
      append(expected, is_value ? head : reference::rope(head, angles[static_cast<size_t>(r)]));
    }
  }
  kernels_.rope(args);
  const reference::Errors errors = check_case(c, row_of(qkv, 0, qkv.size()), expected);
  const int64_t table = m.is_gpt2 ? 0 : cos.bytes() + sin.bytes();
  add_traffic(c, errors, median_seconds([&] { kernels_.rope(args); }), Traffic::copy,
              wide.bytes() + qkv.bytes() + table);
}

void Bench::attention(const ModelShape& m, Dtype dtype) {
  const int64_t d = ModelShape::kHeadDim, width = m.qkv_width(), group = m.heads / m.kv_heads;
  const double scale = 1 / std::sqrt(static_cast<double>(d));
  for (const int64_t length : kSequences) {
    const BenchCase c{
        "attention", "", m, std::to_string(length) + " tokens", dtype, dtype == Dtype::bf16 ? 2e-2 : 1e-5};
    Values qkv = Values::of_noise(length * width, dtype, 1), out(length * m.heads * d, dtype);
    Values scratch(attention_scratch_bytes(length, d, group) / 4 + 1, Dtype::f32);
    AttentionArgs args{};
    args.qkv = qkv.data();
    args.length = length;
    args.heads = m.heads;
    args.kv_heads = m.kv_heads;
    args.head_dim = d;
    args.scale = static_cast<float>(scale);
    args.out = out.data();
    args.type = dtype;
    args.scratch = scratch.data();
    kernels_.attention(args);
    // The first queries, which see few keys, and then every eighth.
    Row results, expected;
    for (int64_t h = 0; h < m.heads; ++h) {
      std::vector<Row> keys, values;
      for (int64_t i = 0; i < length; ++i) {
        keys.push_back(row_of(qkv, i * width + (m.heads + h / group) * d, d));
        values.push_back(row_of(qkv, i * width + (m.heads + m.kv_heads + h / group) * d, d));
        if (i >= 8 && i % 8 != 7) continue;
        append(results, row_of(out, (i * m.heads + h) * d, d));
        append(expected, reference::attention(row_of(qkv, i * width + h * d, d), keys, values, scale));
      }
    }
    const reference::Errors errors = check_case(c, results, expected);
    const double pairs = static_cast<double>(length * (length + 1) / 2);
    add_compute(c, errors, median_seconds([&] { kernels_.attention(args); }),
                4 * pairs * static_cast<double>(m.heads * d));
  }
}

// A tile as the matmul before it leaves it: of a chunk's units, in cache.
void Bench::activation(const ModelShape& m, Dtype dtype) {
  const int64_t rows = make_matmuls(dtype)->tile_rows(), gates = m.gates();
  const int64_t units =
      PackedLinear::chunk_columns(dtype, {gates * m.intermediate, m.hidden, false, 64 * gates}) / gates;
  const BenchCase c{"activation", "", m, times(rows, units), dtype, dtype == Dtype::bf16 ? 4e-3 : 2e-6};
  Values in = Values::of_noise(rows * gates * units, Dtype::f32, 1), out(rows * m.intermediate, dtype);
  ActivationArgs args{};
  args.in = in.f32();
  args.rows = rows;
  args.n = units;
  args.kind = m.activation();
  args.gated = gates == 2;
  args.out = out.data();
  args.out_stride = m.intermediate;
  args.out_type = dtype;
  kernels_.activation(args);
  Row results, expected;
  for (int64_t r = 0; r < rows; ++r) {
    append(results, row_of(out, r * m.intermediate, units));
    const int64_t gate = r * gates * units;
    for (int64_t i = 0; i < units; ++i)
      expected.push_back(reference::activation(args.kind, in.get(gate + i)) *
                         (args.gated ? in.get(gate + units + i) : 1));
  }
  const reference::Errors errors = check_case(c, results, expected);
  add_traffic(c, errors, median_seconds([&] { kernels_.activation(args); }), Traffic::copy,
              in.bytes() + rows * units * bytes_of(dtype));
}

// Logits are f32 whatever the matmul's inputs; the dtype only decides how many columns a tile has.
void Bench::cross_entropy(const ModelShape& m, Dtype dtype) {
  constexpr int64_t kTiles = 3;
  const int64_t rows = make_matmuls(dtype)->tile_rows();
  const int64_t columns = PackedLinear::chunk_columns(dtype, {m.vocab, m.hidden, false, 64});
  const BenchCase c{"cross_entropy", "", m, times(rows, columns), dtype, 2e-6};
  std::vector<Values> tiles;
  for (int64_t t = 0; t < kTiles; ++t)
    tiles.push_back(Values::of_noise(rows * columns, Dtype::f32, static_cast<uint64_t>(t) + 1));
  std::vector<int32_t> targets;
  for (int64_t r = 0; r < rows; ++r) targets.push_back(static_cast<int32_t>(r * 97 % (kTiles * columns)));
  std::vector<CrossEntropyState> states(static_cast<size_t>(rows));
  const auto run = [&](int64_t tile) {
    CrossEntropyArgs args{};
    args.logits = tiles[static_cast<size_t>(tile)].f32();
    args.rows = rows;
    args.cols = args.stride = columns;
    args.first_column = tile * columns;
    args.targets = targets.data();
    args.state = states.data();
    kernels_.cross_entropy(args);
  };
  cross_entropy_begin(states.data(), rows);
  for (int64_t t = 0; t < kTiles; ++t) run(t);
  std::vector<float> nll(static_cast<size_t>(rows));
  cross_entropy_end(states.data(), rows, {nll.data(), nullptr, nullptr});
  Row expected;
  for (int64_t r = 0; r < rows; ++r) {
    Row logits;
    for (const Values& tile : tiles) append(logits, row_of(tile, r * columns, columns));
    expected.push_back(reference::cross_entropy(logits, static_cast<size_t>(targets[static_cast<size_t>(r)])));
  }
  const reference::Errors errors = check_case(c, Row(nll.begin(), nll.end()), expected);
  add_traffic(c, errors, median_seconds([&] { run(0); }), Traffic::read, tiles[0].bytes());
}

// Pooled hidden states among one another. The work is counted as the product of all with all, which symmetry halves.
void Bench::neighbors(const ModelShape& m, Dtype dtype) {
  if (dtype != Dtype::f32) return;
  constexpr int64_t kVectors = 2000, kStride = 61;
  const BenchCase c{"neighbors", "", m, times(kVectors, m.hidden), dtype, 1e-12};
  VectorSet set{{}, m.hidden};
  for (int64_t i = 0; i < kVectors * m.hidden; ++i) set.values.push_back(noise(1, i));
  Threads threads;
  const std::atomic<bool> cancelled{false};
  const Workers here(threads, this, 1, cancelled);
  Neighbors found;
  const auto run = [&] { found = nearest_neighbors(here, set, [](double) {}); };
  run();
  std::vector<Row> vectors;
  for (int64_t i = 0; i < kVectors; ++i) vectors.emplace_back(set.row(i), set.row(i) + m.hidden);
  Row results, expected;
  for (size_t i = 0; i < vectors.size(); i += kStride) {
    results.push_back(found.squared_distances[i]);
    expected.push_back(reference::nearest(vectors, i));
  }
  const reference::Errors errors = check_case(c, results, expected);
  add_compute(c, errors, median_seconds(run), 2.0 * static_cast<double>(kVectors * kVectors * m.hidden));
}

struct Op {
  const char* name;
  void (Bench::*run)(const ModelShape&, Dtype);
};
constexpr Op kOps[] = {
    {"matmul", &Bench::matmul},
    {"norm", &Bench::norm},
    {"rope", &Bench::rope},
    {"attention", &Bench::attention},
    {"activation", &Bench::activation},
    {"cross_entropy", &Bench::cross_entropy},
    {"neighbors", &Bench::neighbors},
};

KernelBench bench_here(const std::string& only) {
  // The limits and oneDNN's matmuls use OpenMP's threads, were they let.
  omp_set_num_threads(1);
  Bench bench;
  for (const Op& op : kOps) {
    if (!only.empty() && only != op.name) continue;
    for (const ModelShape& shape : model_shapes()) {
      (bench.*op.run)(shape, Dtype::f32);
      if (bench.has_bf16()) (bench.*op.run)(shape, Dtype::bf16);
    }
  }
  return bench.finish();
}

}  // namespace

const std::vector<std::string>& bench_ops() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Op& op : kOps) all.emplace_back(op.name);
    return all;
  }();
  return names;
}

KernelBench bench_kernels(const std::string& op) {
  const std::vector<std::string>& ops = bench_ops();
  if (!op.empty() && std::find(ops.begin(), ops.end(), op) == ops.end())
    throw Error("bad_argument", "there is no kernel \"" + op + "\"");
  KernelBench result;
  std::exception_ptr failure;
  std::thread([&] {
    try {
      result = bench_here(op);
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
  return result;
}

}  // namespace evosift
