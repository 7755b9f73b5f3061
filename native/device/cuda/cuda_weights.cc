#include "cuda_weights.h"

#include <algorithm>

#include "../../base/bf16.h"

namespace evosift {
namespace cuda {

namespace {

// Floats that are read, and sent to the device, at a time.
constexpr int64_t kUploadFloats = int64_t{1} << 22;

// Puts the view's rows at the beginning of `to`, as `type`. False where `exact` is asked for and a value is not: the
// rest is then not written.
bool upload_rows(const MatrixView& view, Dtype type, bool exact, DeviceMemory& to, Stream& stream) {
  const int64_t most = std::max<int64_t>(1, kUploadFloats / view.cols());
  std::vector<float> values(static_cast<size_t>(std::min(most, view.rows()) * view.cols()));
  std::vector<bf16> rounded;
  for (int64_t first = 0; first < view.rows(); first += most) {
    const int64_t rows = std::min(most, view.rows() - first);
    const auto count = static_cast<size_t>(rows * view.cols());
    view.read_rows(first, rows, values.data());
    const void* from = values.data();
    if (type == Dtype::bf16) {
      rounded.resize(count);
      std::transform(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count), rounded.begin(), to_bf16);
      from = rounded.data();
      for (size_t i = 0; exact && i < count; ++i)
        if (to_f32(rounded[i]) != values[i]) return false;
    }
    copy_to_device(static_cast<char*>(to.data()) + first * view.cols() * bytes_of(type), from,
                   count * static_cast<size_t>(bytes_of(type)), stream);
    stream.wait();
  }
  return true;
}

// Room for `padded_rows` rows like the view's, zeros beyond its own.
DeviceMemory room_for(const MatrixView& view, Dtype type, int64_t padded_rows, Stream& stream) {
  const int64_t row_bytes = view.cols() * bytes_of(type);
  DeviceMemory memory(static_cast<size_t>(padded_rows * row_bytes));
  if (padded_rows > view.rows())
    fill_zero(static_cast<char*>(memory.data()) + view.rows() * row_bytes,
              static_cast<size_t>((padded_rows - view.rows()) * row_bytes), stream);
  return memory;
}

}  // namespace

DeviceMemory upload(const std::vector<float>& values, Stream& stream) {
  if (values.empty()) return {};
  DeviceMemory memory(values.size() * sizeof(float));
  copy_to_device(memory.data(), values.data(), memory.bytes(), stream);
  stream.wait();
  return memory;
}

std::unique_ptr<CudaLinear> upload_linear(const MatrixView& weight, const std::vector<float>& bias, Dtype type,
                                          int64_t padded_rows, bool accumulate, Stream& stream) {
  auto linear = std::make_unique<CudaLinear>();
  linear->out = padded_rows;
  linear->in = weight.cols();
  linear->accumulate = accumulate;
  linear->own = room_for(weight, type, padded_rows, stream);
  linear->weight = linear->own.data();
  upload_rows(weight, type, false, linear->own, stream);
  linear->bias = upload(bias, stream);
  return linear;
}

std::unique_ptr<CudaTable> upload_table(const MatrixView& view, Stream& stream) {
  auto table = std::make_unique<CudaTable>();
  table->count = view.rows();
  table->width = view.cols();
  for (const Dtype type : {Dtype::bf16, Dtype::f32}) {
    table->type = type;
    table->rows = {};
    table->rows = room_for(view, type, padded_vocabulary(view.rows()), stream);
    if (upload_rows(view, type, true, table->rows, stream)) break;
  }
  return table;
}

std::unique_ptr<CudaLinear> as_head(const DeviceTable& table, Dtype type) {
  const auto& from = static_cast<const CudaTable&>(table);
  if (from.type != type) return nullptr;
  auto linear = std::make_unique<CudaLinear>();
  linear->weight = from.rows.data();
  linear->out = padded_vocabulary(from.count);
  linear->in = from.width;
  return linear;
}

}  // namespace cuda
}  // namespace evosift
