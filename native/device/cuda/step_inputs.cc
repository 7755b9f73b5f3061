#include "step_inputs.h"

#include <algorithm>
#include <vector>

#include "../../base/error.h"

namespace evosift {
namespace cuda {

namespace {

// Those with the most keys to see come first: a block that begins late has little left to do.
std::vector<AttentionTile> tiles_of(const Slab& slab, int64_t queries) {
  std::vector<AttentionTile> tiles;
  for (int64_t s = 0; s < slab.sequences; ++s) {
    const auto first = static_cast<int32_t>(slab.starts[s]), length = static_cast<int32_t>(slab.starts[s + 1]) - first;
    for (int32_t query = 0; query < length; query += static_cast<int32_t>(queries))
      tiles.push_back({first, length, query});
  }
  std::stable_sort(tiles.begin(), tiles.end(),
                   [](const AttentionTile& a, const AttentionTile& b) { return a.first_query > b.first_query; });
  return tiles;
}

}  // namespace

bool StepInputs::reserve(int64_t rows) {
  if (rows <= rows_) return false;
  rows_ = rows;
  stride_ = round_up(rows + 1, 64);
  const auto bytes = static_cast<size_t>((8 * stride_ + 1) * int64_t{sizeof(int32_t)});
  host_ = PinnedMemory(bytes);
  device_ = DeviceMemory(bytes);
  return true;
}

void StepInputs::send(const Slab& slab, const SlabTargets& targets, int64_t queries, Stream& stream) {
  if (slab.rows > rows_ || targets.count > rows_ || slab.sequences > rows_)
    throw Error("engine_failed", "a slab has more sequences or targets than tokens");
  std::fill_n(host(0), 8 * stride_, 0);
  std::copy_n(slab.tokens, slab.rows, host(0));
  std::copy_n(slab.positions, slab.rows, host(1));
  // A target's row is the one before it: rows that are only computed to fill up read row 0.
  std::fill_n(host(2), stride_, 1);
  std::copy_n(targets.positions, targets.count, host(2));
  std::copy_n(targets.tokens, targets.count, host(3));
  std::copy_n(slab.starts, slab.sequences + 1, host(4));
  const std::vector<AttentionTile> tiles = tiles_of(slab, queries);
  std::copy(tiles.begin(), tiles.end(), reinterpret_cast<AttentionTile*>(host(5)));
  *host(8) = static_cast<int32_t>(tiles.size());
  copy_to_device(device_.data(), host_.data(), host_.bytes(), stream);
}

}  // namespace cuda
}  // namespace evosift
