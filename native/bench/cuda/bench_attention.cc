#include <algorithm>
#include <cmath>

#include "../../kernels/attention_cuda.h"
#include "device_bench.h"
#include "shared_memory_kernels.h"

namespace evosift {
namespace cuda {

namespace {

using reference::Row;

// The sequences' tiles, the longest rows of keys first.
std::vector<AttentionTile> tiles_of(int64_t sequences, int64_t length, Dtype dtype) {
  const int64_t queries = attention_queries(dtype);
  std::vector<AttentionTile> tiles;
  for (int64_t first = (length - 1) / queries * queries; first >= 0; first -= queries)
    for (int64_t s = 0; s < sequences; ++s)
      tiles.push_back({static_cast<int32_t>(s * length), static_cast<int32_t>(length), static_cast<int32_t>(first)});
  return tiles;
}

// Queries of the last sequence that are held against the reference: the first, which see few keys, then some.
bool is_checked(int64_t query) { return query < 4 || query % 37 == 36; }

void bench_length(DeviceBench& bench, const ModelShape& m, Dtype dtype, int64_t length) {
  const int64_t d = ModelShape::kHeadDim, width = m.qkv_width(), group = m.heads / m.kv_heads;
  const int64_t sequences = std::max<int64_t>(1, bench.sizes().rows / length), rows = sequences * length;
  const double scale = 1 / std::sqrt(static_cast<double>(d));
  const DeviceValues qkv = bench.noise(rows * width, dtype, 1), out = bench.room(rows * m.q_width(), dtype);

  const int64_t last = rows - length;
  Row expected;
  std::vector<int64_t> places;
  for (int64_t h = 0; h < m.heads; ++h) {
    const int64_t key = (m.heads + h / group) * d, value = key + m.kv_heads * d;
    std::vector<Row> keys, values;
    for (int64_t i = 0; i < length; ++i) {
      const int64_t row = (last + i) * width;
      keys.push_back(row_of(qkv.host(), row + key, d));
      values.push_back(row_of(qkv.host(), row + value, d));
      if (!is_checked(i)) continue;
      const Row attended = reference::attention(row_of(qkv.host(), row + h * d, d), keys, values, scale);
      expected.insert(expected.end(), attended.begin(), attended.end());
      places.push_back(((last + i) * m.heads + h) * d);
    }
  }

  const std::vector<AttentionTile> tiles = tiles_of(sequences, length, dtype);
  const DeviceArray<AttentionTile> device_tiles(tiles, bench.stream());
  const DeviceArray<int32_t> counters({static_cast<int32_t>(tiles.size()), 0}, bench.stream());
  AttentionArgs args{};
  args.qkv = qkv.data();
  args.heads = m.heads;
  args.kv_heads = m.kv_heads;
  args.head_dim = d;
  args.scale = static_cast<float>(scale);
  args.out = out.data();
  args.type = dtype;
  args.tiles = device_tiles.data();
  args.tile_count = counters.data();
  args.claimed = counters.data() + 1;
  args.blocks = 2 * bench.multiprocessors();
  const EqualSequencesArgs equal{qkv.data(), dtype, rows, length, m.heads, m.kv_heads, d, args.scale, out.data()};

  const auto unclaim = [&] { fill_zero(args.claimed, sizeof(int32_t), bench.stream()); };
  const Rung ladder[] = {{"naive", [&] { naive_attention(equal, bench.handle()); }},
                         {"shared memory", [&] { shared_memory_attention(equal, bench.handle()); }},
                         {"fast", [&] { attention(args, bench.handle()); }}};
  for (const auto& [variant, run] : ladder) {
    const BenchCase c{"attention", variant,
                      m,           std::to_string(sequences) + " x " + std::to_string(length) + " tokens",
                      dtype,       dtype == Dtype::bf16 ? 2e-2 : 1e-5};
    // What the rung before has written is not to pass for this one's.
    fill_zero(out.data(), static_cast<size_t>(out.bytes()), bench.stream());
    unclaim();
    run();
    const Values written = out.results();
    Row results;
    for (const int64_t place : places) {
      const Row row = row_of(written, place, d);
      results.insert(results.end(), row.begin(), row.end());
    }
    const reference::Errors errors = check_case(c, results, expected);
    const double pairs = static_cast<double>(sequences * (length * (length + 1) / 2));
    bench.add_compute(c, errors, bench.seconds(run, unclaim), 4 * pairs * static_cast<double>(m.q_width()));
  }
}

}  // namespace

void bench_attention(DeviceBench& bench, const ModelShape& m, Dtype dtype) {
  for (const int64_t length : bench.sizes().lengths) bench_length(bench, m, dtype, length);
}

}  // namespace cuda
}  // namespace evosift
