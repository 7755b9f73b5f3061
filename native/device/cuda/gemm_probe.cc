#include "gemm_probe.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "device_noise.h"

namespace evosift {
namespace cuda {

namespace {

constexpr size_t kTransferBytes = size_t{64} << 20;  // rows are compared by so many bytes at a time

}  // namespace

GemmProbe::GemmProbe(const Form& form, Dtype dtype, size_t workspace_bytes)
    : form_(form),
      x_(device_noise(form.rows * form.in, form.in, dtype, stream_)),
      w_(device_noise(form.out * form.in, kNoisePeriod, dtype, stream_)),
      bias_(device_noise(form.out, form.out, Dtype::f32, stream_)),
      y_(static_cast<size_t>(form.rows) * row_bytes()),
      workspace_(workspace_bytes) {}

bool GemmProbe::rows_agree(const std::function<bool(const GemmArgs&, void*, void*)>& multiply) {
  GemmArgs args{};
  args.x = x_.data();
  args.w = w_.data();
  args.bias = form_.bias ? static_cast<const float*>(bias_.data()) : nullptr;
  args.y = static_cast<float*>(y_.data());
  args.rows = form_.rows;
  args.out = form_.out;
  args.in = form_.in;
  args.accumulate = form_.accumulate;
  fill_zero(y_.data(), y_.bytes(), stream_);
  return multiply(args, workspace_.data(), stream_.handle()) && all_like_the_first();
}

bool GemmProbe::all_like_the_first() {
  const size_t row = row_bytes();
  const size_t rows = static_cast<size_t>(form_.rows), at_once = std::clamp<size_t>(kTransferBytes / row, 1, rows);
  const char* y = static_cast<const char*>(y_.data());
  std::vector<char> first(row), some(row * at_once);
  copy_to_host(first.data(), y, row, stream_);
  for (size_t r = 0; r < rows; r += at_once) {
    const size_t count = std::min(at_once, rows - r);
    copy_to_host(some.data(), y + r * row, count * row, stream_);
    stream_.wait();
    for (size_t i = 0; i < count; ++i)
      if (std::memcmp(some.data() + i * row, first.data(), row) != 0) return false;
  }
  return true;
}

}  // namespace cuda
}  // namespace evosift
