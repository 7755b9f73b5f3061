#include "matmul_bf16x3.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "aligned_memory.h"

namespace evosift {

namespace {

// Rows of W, read a panel at a time, to the pieces that matmul() wants.
AlignedMemory pack_pieces(const Matmuls::Form& f, const ReadRows& read) {
  constexpr int64_t kPieceDepth = kPieceSteps * kTileDepth;
  const int64_t depth = round_up(f.in, kTileDepth);
  AlignedMemory pieces(static_cast<size_t>(round_up(f.out, kPanelColumns) * depth) * sizeof(float));
  std::memset(pieces.data(), 0, pieces.size());
  std::vector<float> rows(static_cast<size_t>(kPanelColumns * f.in));
  for (int64_t first = 0; first < f.out; first += kPanelColumns) {
    const int64_t columns = std::min(kPanelColumns, f.out - first);
    read(first, columns, rows.data());
    for (int64_t k = 0; k < f.in; ++k) {
      const int64_t piece = k / kPieceDepth * kPieceDepth, deep = std::min(kPieceDepth, depth - piece);
      const int64_t step = (k - piece) / kTileDepth * kTileDepth;
      float* to = static_cast<float*>(pieces.data()) + piece * round_up(f.out, kPanelColumns) + first * deep +
                  step * kPanelColumns + k % kTileDepth * 16;
      for (int64_t c = 0; c < columns; ++c)
        to[c / 16 * 16 * kTileDepth + c % 16] = rows[static_cast<size_t>(c * f.in + k)];
    }
  }
  return pieces;
}

class Bf16x3Chunk : public PackedChunk {
 public:
  Bf16x3Chunk(const Matmuls::Form& form, const ReadRows& read, const std::vector<float>& bias)
      : form_(form), pieces_(pack_pieces(form, read)), bias_(bias) {}

  void run(MatmulRunner&, const void* x, int64_t rows, float* y) const override {
    avx512_amx::matmul({static_cast<const bf16*>(x), rows, form_.in, form_.out,
                        static_cast<const float*>(pieces_.data()), bias_.empty() ? nullptr : bias_.data(),
                        form_.accumulate, y});
  }
  size_t bytes() const override { return pieces_.size(); }

 private:
  Matmuls::Form form_;
  AlignedMemory pieces_;
  std::vector<float> bias_;
};

class Bf16x3Matmuls : public Matmuls {
 public:
  Dtype dtype() const override { return Dtype::f32; }
  std::string implementation() const override { return "evosift amx_bf16x3"; }
  // Twice as many as others take: a piece of weights is split once for all of them.
  int64_t tile_rows() const override { return 256; }
  int64_t own_tile_bytes(int64_t in) const override {
    return tile_rows() * round_up(in, kTileDepth) * kParts * static_cast<int64_t>(sizeof(bf16));
  }
  void to_own_tile(const void* x, int64_t rows, int64_t in, void* tile) const override {
    avx512_amx::split_rows(static_cast<const float*>(x), rows, in, static_cast<bf16*>(tile));
  }
  std::unique_ptr<const PackedChunk> pack(const Form& form, const ReadRows& read, const std::vector<float>& bias,
                                          MatmulRunner&) override {
    return std::make_unique<Bf16x3Chunk>(form, read, bias);
  }
};

}  // namespace

std::unique_ptr<Matmuls> make_bf16x3_matmuls() { return std::make_unique<Bf16x3Matmuls>(); }

}  // namespace evosift
