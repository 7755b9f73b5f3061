#include "matmul_bf16x3.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "../base/aligned_memory.h"

namespace evosift {

namespace {

inline bool assign(bf16& to, float weight) { return to_f32(to = to_bf16(weight)) == weight; }
inline bool assign(float& to, float weight) {
  to = weight;
  return true;
}

// Rows of W, read kPanelColumns at a time, to the panels that matmul() wants. Empty where T does not hold a weight.
template <typename T>
AlignedMemory pack_panels(const Matmuls::Form& f, const ReadRows& read) {
  constexpr int64_t kPanelDepth = kPanelSteps * kTileDepth;
  const int64_t depth = round_up(f.in, kTileDepth), width = round_up(f.out, kPanelColumns);
  AlignedMemory panels(static_cast<size_t>(width * depth) * sizeof(T));
  std::memset(panels.data(), 0, panels.size());
  std::vector<float> rows(static_cast<size_t>(kPanelColumns * f.in));
  for (int64_t first = 0; first < f.out; first += kPanelColumns) {
    const int64_t columns = std::min(kPanelColumns, f.out - first);
    read(first, columns, rows.data());
    bool holds = true;
    for (int64_t k = 0; k < f.in; ++k) {
      const int64_t panel = k / kPanelDepth * kPanelDepth, step = k / kTileDepth * kTileDepth;
      T* to = static_cast<T*>(panels.data()) + panel * width + first * std::min(kPanelDepth, depth - panel) +
              (step - panel) * kPanelColumns + (k - step) / 2 * 32 + k % 2;
      for (int64_t c = 0; c < columns; ++c)
        holds &= assign(to[c / 16 * 16 * kTileDepth + c % 16 * 2], rows[static_cast<size_t>(c * f.in + k)]);
    }
    if (!holds) return AlignedMemory();
  }
  return panels;
}

class Bf16x3Chunk : public PackedChunk {
 public:
  Bf16x3Chunk(const Matmuls::Form& form, const ReadRows& read, const std::vector<float>& bias)
      : form_(form), panels_(pack_panels<bf16>(form, read)), are_bf16_(panels_.size() > 0), bias_(bias) {
    if (!are_bf16_) panels_ = pack_panels<float>(form, read);
  }

  void run(MatmulRunner&, const void* x, int64_t rows, float* y) const override {
    avx512_amx::matmul({static_cast<const bf16*>(x), rows, form_.in, form_.out, panels_.data(), are_bf16_,
                        bias_.empty() ? nullptr : bias_.data(), form_.accumulate, y});
  }
  size_t bytes() const override { return panels_.size(); }

 private:
  Matmuls::Form form_;
  AlignedMemory panels_;
  bool are_bf16_;
  std::vector<float> bias_;
};

class Bf16x3Matmuls : public Matmuls {
 public:
  Dtype dtype() const override { return Dtype::f32; }
  std::string implementation() const override { return "evosift amx_bf16x3"; }
  // Twice as many as others take: a panel of weights is split once for all of them.
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
