#include "matmul.h"

#include <algorithm>

#include "matmul_amx.h"
#include "matmul_onednn.h"

namespace evosift {

std::unique_ptr<Matmuls> make_matmuls(Dtype dtype) {
  if (dtype == Dtype::bf16 && matmul_isa() >= MatmulIsa::avx512_amx) return make_amx_matmuls();
  return make_onednn_matmuls(dtype);
}

int64_t PackedLinear::chunk_columns(Dtype dtype, const Form& form) {
  if (form.chunk_multiple == 0) return form.out;
  // With its share of x and y, a chunk leaves half of a 2 MiB cache free.
  constexpr int64_t kChunkBytes = 640 * 1024;
  const int64_t columns = kChunkBytes / (form.in * bytes_of(dtype)) / form.chunk_multiple * form.chunk_multiple;
  return std::min(form.out, std::max(columns, form.chunk_multiple));
}

PackedLinear::PackedLinear(Matmuls& matmuls, const Form& form, const ReadRows& read, const std::vector<float>& bias,
                           MatmulRunner& runner)
    : out_(form.out), in_(form.in) {
  const int64_t width = chunk_columns(matmuls.dtype(), form);
  for (int64_t first = 0; first < form.out; first += width) {
    const int64_t columns = std::min(width, form.out - first);
    const auto read_chunk = [&](int64_t row, int64_t count, float* out) { read(first + row, count, out); };
    std::vector<float> chunk_bias;
    if (!bias.empty()) chunk_bias.assign(bias.begin() + first, bias.begin() + first + columns);
    chunks_.push_back({first, columns});
    packed_.push_back(matmuls.pack({columns, form.in, form.accumulate}, read_chunk, chunk_bias, runner));
  }
}

size_t PackedLinear::bytes() const {
  size_t sum = 0;
  for (const auto& p : packed_) sum += p->bytes();
  return sum;
}

}  // namespace evosift
