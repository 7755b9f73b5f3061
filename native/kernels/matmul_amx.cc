#include "matmul_amx.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "../base/aligned_memory.h"

namespace evosift {

namespace {

// Rows of W, read a panel at a time, to the panels that matmul() wants.
AlignedMemory pack_panels(const Matmuls::Form& f, const ReadRows& read) {
  const int64_t depth = round_up(f.in, kAmxDepth);
  AlignedMemory panels(static_cast<size_t>(round_up(f.out, kAmxColumns) * depth) * sizeof(bf16));
  std::memset(panels.data(), 0, panels.size());
  std::vector<float> rows(static_cast<size_t>(kAmxColumns * f.in));
  for (int64_t first = 0; first < f.out; first += kAmxColumns) {
    const int64_t columns = std::min(kAmxColumns, f.out - first);
    read(first, columns, rows.data());
    bf16* panel = static_cast<bf16*>(panels.data()) + first * depth;
    for (int64_t c = 0; c < columns; ++c)
      for (int64_t k = 0; k < f.in; ++k)
        panel[k / 2 * 2 * kAmxColumns + c * 2 + k % 2] = to_bf16(rows[static_cast<size_t>(c * f.in + k)]);
  }
  return panels;
}

class AmxChunk : public PackedChunk {
 public:
  AmxChunk(const Matmuls::Form& form, const ReadRows& read, const std::vector<float>& bias)
      : form_(form), panels_(pack_panels(form, read)), bias_(bias) {}

  void run(MatmulRunner&, const void* x, int64_t rows, float* y) const override {
    avx512_amx::matmul({static_cast<const bf16*>(x), rows, form_.in, form_.out,
                        static_cast<const bf16*>(panels_.data()), bias_.empty() ? nullptr : bias_.data(),
                        form_.accumulate, y});
  }
  size_t bytes() const override { return panels_.size(); }

 private:
  Matmuls::Form form_;
  AlignedMemory panels_;
  std::vector<float> bias_;
};

class AmxMatmuls : public Matmuls {
 public:
  Dtype dtype() const override { return Dtype::bf16; }
  std::string implementation() const override { return "evosift amx_bf16"; }
  std::unique_ptr<const PackedChunk> pack(const Form& form, const ReadRows& read, const std::vector<float>& bias,
                                          MatmulRunner&) override {
    return std::make_unique<AmxChunk>(form, read, bias);
  }
};

}  // namespace

std::unique_ptr<Matmuls> make_amx_matmuls() { return std::make_unique<AmxMatmuls>(); }

}  // namespace evosift
