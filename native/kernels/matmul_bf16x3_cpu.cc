#include "matmul_bf16x3.h"

#include "amx_tiles.h"

namespace evosift {
namespace EVOSIFT_ISA {

namespace {

constexpr int64_t kTile = kTileHeight * kTileDepth;

// The bf16 that is nearest, as an f32; a tie goes away from zero.
inline __m512 nearest_bf16(__m512 x) {
  const __m512i up = _mm512_add_epi32(_mm512_castps_si512(x), _mm512_set1_epi32(0x8000));
  return _mm512_castsi512_ps(_mm512_and_si512(up, _mm512_set1_epi32(static_cast<int>(0xffff0000u))));
}

struct Parts {
  __m512 high, middle, low;  // each a bf16
};

inline Parts split(__m512 x) {
  const __m512 high = nearest_bf16(x);
  const __m512 rest = _mm512_sub_ps(x, high);
  const __m512 middle = nearest_bf16(rest);
  return {high, middle, _mm512_sub_ps(rest, middle)};
}

// The bf16 of two vectors, which are the upper halves of their lanes.
inline void store_bf16(bf16* to, __m512 first, __m512 second) {
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i upper = lane * 0x40004 + _mm512_set1_epi32(0x30001);
  _mm512_store_si512(to, _mm512_permutex2var_epi16(_mm512_castps_si512(first), upper, _mm512_castps_si512(second)));
}

// 32 values to three rows of tiles, `stride` apart.
inline void store_parts(bf16* to, int64_t stride, __m512 first, __m512 second) {
  const Parts a = split(first), b = split(second);
  store_bf16(to, a.high, b.high);
  store_bf16(to + stride, a.middle, b.middle);
  store_bf16(to + 2 * stride, a.low, b.low);
}

// The weights' panels one by one. While one is multiplied by, the next is made ready, a share with each of `calls` calls:
// the other units have time for it while the tile unit is at work.

// Panels of f32, which are split into tiles [step][kParts][2][kTileDepth / 2][16][2].
class SplitPanels {
 public:
  static constexpr int kWeightParts = kParts;

  SplitPanels(const void* weights, int64_t steps) : from_(static_cast<const float*>(weights)) {
    begin_next(steps, 1);
    go_on();
  }
  const bf16* panel() const { return room_[turn_]; }
  void begin_next(int64_t steps, int64_t calls) {
    to_ = room_[1 - turn_];
    left_ = steps * kRowsOfStep;
    row_ = 0;
    share_ = (left_ + calls - 1) / calls;
  }
  void operator()() { advance(share_ < left_ ? share_ : left_); }
  void go_on() {
    advance(left_);
    turn_ = 1 - turn_;
  }

 private:
  static constexpr int64_t kRowsOfStep = kPanelColumns / 16 * kTileDepth / 2;

  void advance(int64_t rows) {
    for (int64_t i = 0; i < rows; ++i, from_ += 32) {
      store_parts(to_, 2 * kTile, _mm512_load_ps(from_), _mm512_load_ps(from_ + 16));
      to_ += 32;
      if (++row_ % kRowsOfStep == 0) to_ += 4 * kTile;
    }
    left_ -= rows;
  }

  const float* from_;
  bf16* to_ = nullptr;
  int64_t left_ = 0, row_ = 0, share_ = 0;
  int turn_ = 0;
  alignas(64) bf16 room_[2][kPanelSteps * 2 * kParts * kTile];
};

// Panels of bf16, which are multiplied by where they lie; the next is brought nearer.
class WholePanels {
 public:
  static constexpr int kWeightParts = 1;

  WholePanels(const void* weights, int64_t steps)
      : panel_(static_cast<const bf16*>(weights)), next_(panel_ + steps * 2 * kTile) {}
  const bf16* panel() const { return panel_; }
  void begin_next(int64_t steps, int64_t calls) {
    end_ = next_ + steps * 2 * kTile;
    prefetch_ = Prefetch(next_, (end_ - next_) * static_cast<int64_t>(sizeof(bf16)), calls);
  }
  void operator()() { prefetch_(); }
  void go_on() {
    panel_ = next_;
    next_ = end_;
  }

 private:
  const bf16 *panel_, *next_, *end_ = nullptr;
  Prefetch prefetch_{nullptr, 0, 1};
};

// y[32, 32] (+)= two rows of tiles by one panel, over `steps`. `below`, `right`: 0 where there is one tile only, which is
// multiplied twice then. Calls meanwhile() once a step.
template <int kWeightParts, typename Meanwhile>
void multiply_block(const bf16* x, int64_t below, const bf16* w, int64_t right, int64_t steps, bool add, float* y,
                    int64_t stride, Meanwhile& meanwhile) {
  const Sums sums(y, stride, below ? 16 : 0, right ? 16 : 0);
  sums.begin(add);
#define LOAD_X(part)                      \
  _tile_loadd(4, x + (part) * kTile, 64); \
  _tile_loadd(5, x + below + (part) * kTile, 64)
#define LOAD_W(part)                          \
  _tile_loadd(6, w + 2 * (part) * kTile, 64); \
  _tile_loadd(7, w + (2 * (part) + right) * kTile, 64)
#define MULTIPLY()         \
  _tile_dpbf16ps(0, 4, 6); \
  _tile_dpbf16ps(1, 4, 7); \
  _tile_dpbf16ps(2, 5, 6); \
  _tile_dpbf16ps(3, 5, 7)
  for (int64_t s = 0; s < steps; ++s, x += kParts * kTile, w += 2 * kWeightParts * kTile) {
    // In an order in which every product but the first loads one operand only.
    LOAD_W(0);
    LOAD_X(2);
    MULTIPLY();
    meanwhile();
    if constexpr (kWeightParts == 1) {
      LOAD_X(1);
      MULTIPLY();
      LOAD_X(0);
      MULTIPLY();
    } else {
      LOAD_X(0);
      MULTIPLY();
      LOAD_W(2);
      MULTIPLY();
      LOAD_W(1);
      MULTIPLY();
      LOAD_X(1);
      MULTIPLY();
      LOAD_W(0);
      MULTIPLY();
    }
  }
#undef LOAD_X
#undef LOAD_W
#undef MULTIPLY
  sums.end();
}

template <typename Panels>
void multiply_by_panels(const Bf16x3MatmulArgs& a) {
  const int64_t steps = round_up(a.in, kTileDepth) / kTileDepth;
  const int64_t blocks = round_up(a.rows, 32) / 32, row_of_tiles = steps * kParts * kTile;
  const auto steps_from = [&](int64_t step) { return steps - step < kPanelSteps ? steps - step : kPanelSteps; };
  Panels panels(a.weights, steps_from(0));
  for (int64_t step = 0; step < steps; step += kPanelSteps) {
    const int64_t count = steps_from(step);
    for (int64_t n = 0; n < a.out; n += kPanelColumns) {
      const int64_t columns = a.out - n < kPanelColumns ? a.out - n : kPanelColumns;
      // The next columns' panel of these steps, or the first columns' of the next steps.
      const int64_t next = n + columns < a.out ? count : step + count < steps ? steps_from(step + count) : 0;
      panels.begin_next(next, blocks * count);
      for (int64_t r = 0; r < blocks; ++r) {
        const bool both = r * 32 + 16 < a.rows;
        const bf16* x = a.x + 2 * r * row_of_tiles + step * kParts * kTile;
        with_whole_tiles(a.y + r * 32 * a.out + n, a.out, both ? 32 : 16, columns,
                         step == 0 && a.bias ? a.bias + n : nullptr, step > 0 || a.accumulate,
                         [&](float* y, int64_t stride, int64_t wide, bool add) {
                           multiply_block<Panels::kWeightParts>(x, both ? row_of_tiles : 0, panels.panel(),
                                                                wide > 16 ? 1 : 0, count, add, y, stride, panels);
                         });
      }
      panels.go_on();
    }
  }
}

}  // namespace

void split_rows(const float* x, int64_t rows, int64_t in, bf16* parts) {
  const auto load_first = [](const float* p, int64_t left) { return load(p, first_lanes(left > 0 ? left : 0)).v; };
  const int64_t steps = round_up(in, kTileDepth) / kTileDepth;
  for (int64_t r = 0; r < round_up(rows, kTileHeight); ++r) {
    bf16* to = parts + r / kTileHeight * steps * kParts * kTile + r % kTileHeight * kTileDepth;
    for (int64_t k = 0; k < in; k += kTileDepth, to += kParts * kTile) {
      const int64_t left = r < rows ? in - k : 0;
      const float* from = x + (r < rows ? r * in + k : 0);
      store_parts(to, kTile, load_first(from, left), load_first(from + 16, left - 16));
    }
  }
}

void matmul(const Bf16x3MatmulArgs& a) {
  const AmxTiles tiles;
  if (a.weights_are_bf16)
    multiply_by_panels<WholePanels>(a);
  else
    multiply_by_panels<SplitPanels>(a);
}

}  // namespace EVOSIFT_ISA
}  // namespace evosift
