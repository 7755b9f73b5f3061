// What ldmatrix and mma.sync do, from the fragment layouts in PTX ISA 7.0, sections 9.7.13.4.8 and 9.7.13.4.15:
// with g = lane / 4 and t = lane % 4, a register holds two neighbours of a row, the first at column 2t.
#include "../kernels/cuda_portability.h"

namespace evosift::cuda::twin {

namespace {

void load(Exchange& exchange, bool transposed) {
  const bf16* rows[kWarp];
  for (int lane = 0; lane < kWarp; ++lane) rows[lane] = exchange.get<const bf16*>(lane);
  for (int lane = 0; lane < kWarp; ++lane) {
    struct {
      bf16 pair[4][2];
    } got;
    for (int matrix = 0; matrix < 4; ++matrix) {
      for (int i = 0; i < 2; ++i) {
        const int row = lane / 4, column = 2 * (lane % 4) + i;
        got.pair[matrix][i] = transposed ? rows[8 * matrix + column][row] : rows[8 * matrix + row][column];
      }
    }
    exchange.put(lane, got);
  }
}

float half_of(uint32_t pair, int i) { return to_f32({static_cast<uint16_t>(pair >> (16 * i))}); }

}  // namespace

void load_matrices(Exchange& exchange) { load(exchange, false); }
void load_matrices_transposed(Exchange& exchange) { load(exchange, true); }

void multiply(Exchange& exchange) {
  float a[16][16], b[8][16];
  for (int lane = 0; lane < kWarp; ++lane) {
    const auto brought = exchange.get<MmaOperands>(lane);
    const int g = lane / 4, t = lane % 4;
    for (int i = 0; i < 2; ++i) {
      for (int r = 0; r < 4; ++r) a[g + 8 * (r % 2)][2 * t + i + 8 * (r / 2)] = half_of(brought.a[r], i);
      for (int r = 0; r < 2; ++r) b[g][2 * t + i + 8 * r] = half_of(brought.b[r], i);
    }
  }
  for (int lane = 0; lane < kWarp; ++lane) {
    auto operands = exchange.get<MmaOperands>(lane);
    for (int i = 0; i < 4; ++i) {
      const float* row = a[lane / 4 + 8 * (i / 2)];
      const float* column = b[2 * (lane % 4) + i % 2];
      float sum = 0;
      for (int k = 0; k < 16; ++k) sum += row[k] * column[k];
      operands.d[i] += sum;
    }
    exchange.put(lane, operands);
  }
}

}  // namespace evosift::cuda::twin
