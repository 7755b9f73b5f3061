// Weights in device memory.
#pragma once

#include "../operations.h"
#include "runtime.h"

namespace evosift {
namespace cuda {

// The vocabulary, as the head's matrix holds it: rows beyond it are zeros.
constexpr int64_t padded_vocabulary(int64_t vocab) { return round_up(vocab, 128); }

struct CudaLinear : DeviceLinear {
  const void* weight = nullptr;  // [out, in] of the device's dtype, its own or a table's
  DeviceMemory own, bias;        // bias [out] or nothing
  int64_t out = 0, in = 0;
  bool accumulate = false;

  size_t bytes() const override { return own.bytes() + bias.bytes(); }
  const float* bias_data() const { return static_cast<const float*>(bias.data()); }
  // Its rows from `row` on.
  const void* rows_from(int64_t row, Dtype type) const {
    return static_cast<const char*>(weight) + row * in * bytes_of(type);
  }
};

struct CudaNorm : DeviceNorm {
  DeviceMemory weight, bias;  // empty where absent

  size_t bytes() const override { return weight.bytes() + bias.bytes(); }
  const float* weight_data() const { return static_cast<const float*>(weight.data()); }
  const float* bias_data() const { return static_cast<const float*>(bias.data()); }
};

struct CudaTable : DeviceTable {
  DeviceMemory rows;  // padded_vocabulary(count) of them
  Dtype type = Dtype::f32;
  int64_t count = 0, width = 0;

  size_t bytes() const override { return rows.bytes(); }
};

// Nothing where `values` is empty.
DeviceMemory upload(const std::vector<float>& values, Stream& stream);

std::unique_ptr<CudaLinear> upload_linear(const MatrixView& weight, const std::vector<float>& bias, Dtype type,
                                          int64_t padded_rows, bool accumulate, Stream& stream);

// As bf16 where that loses nothing, else as f32.
std::unique_ptr<CudaTable> upload_table(const MatrixView& view, Stream& stream);

// A table's rows as the head's matrix, without a copy; null where they are of another type.
std::unique_ptr<CudaLinear> as_head(const DeviceTable& table, Dtype type);

}  // namespace cuda
}  // namespace evosift
