// The row-wise kernels: bound by memory, so held against a copy.
#include <cmath>

#include "../../kernels/activation_cuda.h"
#include "../../kernels/cross_entropy_cuda.h"
#include "../../kernels/norm_cuda.h"
#include "../../kernels/rope_cuda.h"
#include "device_bench.h"
#include "shared_memory_kernels.h"

namespace evosift {
namespace cuda {

namespace {

using reference::Row;

constexpr double kEps = 1e-5;
constexpr double kTheta = 10000;
constexpr int64_t kRowStep = 61;  // every so many rows are held against the reference

// What half a unit of the written type may be off, and in f32 what the sums before it may.
double rounding(Dtype dtype) { return dtype == Dtype::bf16 ? 4e-3 : 4e-6; }

// Calls that write rows of `width`.
struct RowCase {
  const char* op;
  const ModelShape& model;
  std::string size;
  Dtype dtype;
  int64_t rows, width, bytes;  // bytes: the operands, each once
  double tolerance;
};

// Checks each rung against rows of the reference, and times it.
void measure(DeviceBench& bench, const RowCase& r, const DeviceValues& out, const std::function<Row(int64_t)>& expected,
             const std::vector<Rung>& ladder) {
  Row wanted;
  for (int64_t row = 0; row < r.rows; row += kRowStep) {
    const Row want = expected(row);
    wanted.insert(wanted.end(), want.begin(), want.end());
  }
  for (const Rung& rung : ladder) {
    const BenchCase c{r.op, rung.variant, r.model, r.size, r.dtype, r.tolerance};
    // What the rung before has written is not to pass for this one's.
    fill_zero(out.data(), static_cast<size_t>(out.bytes()), bench.stream());
    rung.run();
    const Values written = out.results();
    Row results;
    for (int64_t row = 0; row < r.rows; row += kRowStep) {
      const Row got = row_of(written, row * r.width, r.width);
      results.insert(results.end(), got.begin(), got.end());
    }
    const reference::Errors errors = check_case(c, results, wanted);
    bench.add_traffic(c, errors, bench.seconds(rung.run), r.bytes);
  }
}

}  // namespace

void bench_norm(DeviceBench& bench, const ModelShape& m, Dtype dtype) {
  const int64_t rows = bench.sizes().rows, n = m.hidden;
  const DeviceValues x = bench.noise(rows * n, Dtype::f32, 1), weight = bench.noise(n, Dtype::f32, 2);
  const DeviceValues bias = bench.noise(n, Dtype::f32, 3), y = bench.room(rows * n, dtype);
  NormArgs args{};
  args.x = x.f32();
  args.rows = rows;
  args.n = args.x_stride = args.y_stride = n;
  args.weight = weight.f32();
  args.bias = m.is_gpt2 ? bias.f32() : nullptr;
  args.eps = static_cast<float>(kEps);
  args.centre = m.is_gpt2;
  args.y = y.data();
  args.y_type = dtype;
  const auto expected = [&](int64_t row) {
    return reference::norm(row_of(x.host(), row * n, n), row_of(weight.host(), 0, n),
                           m.is_gpt2 ? row_of(bias.host(), 0, n) : Row{}, kEps, m.is_gpt2);
  };
  const RowCase c{"norm", m, times(rows, n), dtype, rows, n, x.bytes() + y.bytes(), rounding(dtype)};
  measure(bench, c, y, expected,
          {{"naive", [&] { naive_norm(args, bench.handle()); }},
           {"shared memory", [&] { shared_memory_norm(args, bench.handle()); }},
           {"fast", [&] { norm(args, bench.handle()); }}});
}

// Without rotary positions (GPT-2) only the rounding of what the matmul wrote is left.
void bench_rope(DeviceBench& bench, const ModelShape& m, Dtype dtype) {
  const int64_t rows = bench.sizes().rows, width = m.qkv_width(), d = ModelShape::kHeadDim, half = d / 2;
  const DeviceValues wide = bench.noise(rows * width, Dtype::f32, 1), qkv = bench.room(rows * width, dtype);
  std::vector<float> frequencies;
  for (int64_t i = 0; i < half; ++i)
    frequencies.push_back(static_cast<float>(std::pow(kTheta, -2.0 * static_cast<double>(i) / static_cast<double>(d))));
  std::vector<int32_t> positions;
  for (int64_t r = 0; r < rows; ++r) positions.push_back(static_cast<int32_t>(r));
  const DeviceArray<float> device_frequencies(frequencies, bench.stream());
  const DeviceArray<int32_t> device_positions(positions, bench.stream());
  RopeArgs args{};
  args.wide = wide.f32();
  args.rows = rows;
  args.heads = m.heads;
  args.kv_heads = m.kv_heads;
  args.head_dim = args.rotary_dim = d;
  args.inverse_frequencies = m.is_gpt2 ? nullptr : device_frequencies.data();
  args.positions = device_positions.data();
  args.out = qkv.data();
  args.out_type = dtype;
  const auto expected = [&](int64_t row) {
    // The angle is a product of f32, as in HF.
    Row angles, all;
    for (const float frequency : frequencies)
      if (!m.is_gpt2) angles.push_back(static_cast<double>(static_cast<float>(row) * frequency));
    for (int64_t h = 0; h < m.heads + 2 * m.kv_heads; ++h) {
      const Row head = row_of(wide.host(), row * width + h * d, d);
      const Row turned = h < m.heads + m.kv_heads ? reference::rope(head, angles) : head;
      all.insert(all.end(), turned.begin(), turned.end());
    }
    return all;
  };
  const RowCase c{"rope", m, times(rows, width), dtype, rows, width, wide.bytes() + qkv.bytes(), rounding(dtype)};
  measure(bench, c, qkv, expected,
          {{"naive", [&] { naive_rope(args, bench.handle()); }}, {"fast", [&] { rope(args, bench.handle()); }}});
}

void bench_activation(DeviceBench& bench, const ModelShape& m, Dtype dtype) {
  const int64_t rows = bench.sizes().rows, units = m.intermediate, width = m.gates() * units;
  const DeviceValues in = bench.noise(rows * width, Dtype::f32, 1), out = bench.room(rows * units, dtype);
  ActivationArgs args{};
  args.in = in.f32();
  args.rows = rows;
  args.n = args.out_stride = units;
  args.kind = m.activation();
  args.gated = m.gates() == 2;
  args.out = out.data();
  args.out_type = dtype;
  const auto expected = [&](int64_t row) {
    Row all;
    for (int64_t i = row * width; i < row * width + units; ++i)
      all.push_back(reference::activation(args.kind, in.host().get(i)) * (args.gated ? in.host().get(i + units) : 1));
    return all;
  };
  const RowCase c{"activation", m, times(rows, units), dtype, rows, units, in.bytes() + out.bytes(), rounding(dtype)};
  measure(bench, c, out, expected,
          {{"naive", [&] { naive_activation(args, bench.handle()); }},
           {"fast", [&] { activation(args, bench.handle()); }}});
}

// Logits are f32 whatever the matmul's inputs are, so one dtype is enough.
void bench_cross_entropy(DeviceBench& bench, const ModelShape& m, Dtype dtype) {
  if (dtype != Dtype::f32) return;
  const int64_t rows = bench.sizes().rows, columns = bench.sizes().head_columns;
  const DeviceValues logits = bench.noise(rows * columns, Dtype::f32, 1), nll = bench.room(rows, Dtype::f32);
  const DeviceValues top1 = bench.room(rows, Dtype::f32), entropy = bench.room(rows, Dtype::f32);
  const DeviceMemory states(static_cast<size_t>(rows) * sizeof(CrossEntropyState));
  std::vector<int32_t> targets;
  for (int64_t r = 0; r < rows; ++r) targets.push_back(static_cast<int32_t>(r * 97 % columns));
  const DeviceArray<int32_t> device_targets(targets, bench.stream());
  CrossEntropyTile args{};
  args.logits = logits.f32();
  args.rows = rows;
  args.cols = args.stride = args.vocab = columns;
  args.targets = device_targets.data();
  args.state = static_cast<CrossEntropyState*>(states.data());
  args.nll = nll.f32();
  args.top1 = top1.f32();
  args.entropy = entropy.f32();
  const auto expected = [&](int64_t row) {
    const auto target = static_cast<size_t>(targets[static_cast<size_t>(row)]);
    return Row{reference::cross_entropy(row_of(logits.host(), row * columns, columns), target)};
  };
  const RowCase c{"cross_entropy", m, times(rows, columns), dtype, rows, 1, logits.bytes(), 4e-6};
  measure(bench, c, nll, expected,
          {{"naive", [&] { naive_cross_entropy(args, bench.handle()); }},
           {"shared memory", [&] { shared_memory_cross_entropy(args, bench.handle()); }},
           {"fast", [&] { cross_entropy(args, bench.handle()); }}});
}

}  // namespace cuda
}  // namespace evosift
