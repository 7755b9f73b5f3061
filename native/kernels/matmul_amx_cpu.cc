#include "matmul_amx.h"

#include "amx_tiles.h"

namespace evosift {
namespace EVOSIFT_ISA {

namespace {

constexpr int64_t kRows = 32;

// y[count, columns] (rows `stride` apart) of rows [first, first + count) and one panel; count and columns are a multiple
// of 16.
void multiply_panel(const AmxMatmulArgs& a, const bf16* panel, int64_t first, int64_t count, float* y, int64_t stride,
                    int64_t columns, bool add, Prefetch& next) {
  constexpr int64_t kStep = 2 * kAmxColumns;
  const bf16* x = a.x + first * a.in;
  const int64_t whole = a.in / kAmxDepth * kAmxDepth;
  if (add)
    multiply_tiles<true>(x, a.in, panel, kStep, y, stride, count, columns, whole / 2, next);
  else
    multiply_tiles<false>(x, a.in, panel, kStep, y, stride, count, columns, whole / 2, next);
  if (whole == a.in) return;
  // The rest of a row, with zeros up to a tile's depth: what follows it in memory might not be finite.
  alignas(64) bf16 rest[kRows * kAmxDepth] = {};
  for (int64_t r = 0; r < count; ++r)
    __builtin_memcpy(rest + r * kAmxDepth, x + r * a.in + whole, static_cast<size_t>(a.in - whole) * sizeof(bf16));
  multiply_tiles<true>(rest, kAmxDepth, panel + whole * kAmxColumns, kStep, y, stride, count, columns, kAmxDepth / 2);
}

}  // namespace

void matmul(const AmxMatmulArgs& a) {
  const AmxTiles tiles;
  const int64_t depth = round_up(a.in, kAmxDepth);
  for (int64_t n = 0; n < a.out; n += kAmxColumns) {
    const int64_t columns = a.out - n < kAmxColumns ? a.out - n : kAmxColumns;
    const bf16* panel = a.weights + n * depth;
    const bool last = n + columns == a.out;
    Prefetch next(panel + kAmxColumns * depth, last ? 0 : kAmxColumns * depth * 2,
                  round_up(a.rows, kRows) / kRows * (depth / kAmxDepth));
    for (int64_t r = 0; r < a.rows; r += kRows) {
      const int64_t count = a.rows - r > 16 ? kRows : 16;
      with_whole_tiles(a.y + r * a.out + n, a.out, count, columns, a.bias ? a.bias + n : nullptr, a.accumulate,
                       [&](float* y, int64_t stride, int64_t wide, bool add) {
                         multiply_panel(a, panel, r, count, y, stride, wide, add, next);
                       });
    }
  }
}

}  // namespace EVOSIFT_ISA
}  // namespace evosift
