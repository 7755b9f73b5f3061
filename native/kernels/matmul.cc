#include "matmul.h"

#include <algorithm>

#include "../base/instruction_set.h"
#include "matmul_amx.h"
#include "matmul_bf16x3.h"
#include "matmul_onednn.h"

namespace evosift {

std::unique_ptr<Matmuls> make_matmuls(Dtype dtype) {
  if (instruction_set() >= InstructionSet::avx512_amx)
    return dtype == Dtype::bf16 ? make_amx_matmuls() : make_bf16x3_matmuls();
  return make_onednn_matmuls(dtype);
}

void MatmulInput::set(const Matmuls& matmuls, const void* x, int64_t rows, int64_t in) {
  const int64_t row_bytes = in * bytes_of(matmuls.dtype());
  at_ = static_cast<const char*>(x);
  tile_rows_ = matmuls.tile_rows();
  tile_bytes_ = matmuls.own_tile_bytes(in);
  if (tile_bytes_ == 0) {
    tile_bytes_ = tile_rows_ * row_bytes;
    return;
  }
  const auto bytes = static_cast<size_t>(round_up(rows, tile_rows_) / tile_rows_ * tile_bytes_);
  if (own_.size() < bytes) own_ = AlignedMemory(bytes);
  char* to = static_cast<char*>(own_.data());
  for (int64_t first = 0; first < rows; first += tile_rows_, to += tile_bytes_)
    matmuls.to_own_tile(at_ + first * row_bytes, std::min(tile_rows_, rows - first), in, to);
  at_ = static_cast<const char*>(own_.data());
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
