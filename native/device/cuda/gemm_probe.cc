#include "gemm_probe.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "../../base/bf16.h"

namespace evosift {
namespace cuda {

namespace {

constexpr int64_t kWeightPeriod = 999983;            // W repeats after so many values, a prime: its rows differ
constexpr size_t kTransferBytes = size_t{64} << 20;  // rows are compared by so many bytes at a time

// Uniform in [-1, 1), by a linear congruential generator (Knuth's MMIX).
std::vector<char> noise(int64_t count, Dtype dtype) {
  std::vector<char> bytes(static_cast<size_t>(count * bytes_of(dtype)));
  uint64_t state = 1;
  for (int64_t i = 0; i < count; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const float value = static_cast<float>(static_cast<int32_t>(state >> 32)) * 0x1p-31f;
    const bf16 rounded = to_bf16(value);
    if (dtype == Dtype::bf16)
      std::memcpy(bytes.data() + i * 2, &rounded, 2);
    else
      std::memcpy(bytes.data() + i * 4, &value, 4);
  }
  return bytes;
}

// `count` values that repeat `period` values of noise.
DeviceMemory repeated(int64_t count, int64_t period, Dtype dtype, Stream& stream) {
  const std::vector<char> pattern = noise(std::min(count, period), dtype);
  DeviceMemory memory(static_cast<size_t>(count * bytes_of(dtype)));
  std::vector<char> block;
  while (block.size() < std::min(memory.bytes(), kTransferBytes))
    block.insert(block.end(), pattern.begin(), pattern.end());
  for (size_t filled = 0; filled < memory.bytes(); filled += block.size())
    copy_to_device(static_cast<char*>(memory.data()) + filled, block.data(),
                   std::min(block.size(), memory.bytes() - filled), stream);
  stream.wait();
  return memory;
}

}  // namespace

GemmProbe::GemmProbe(const Form& form, Dtype dtype, size_t workspace_bytes)
    : form_(form),
      x_(repeated(form.rows * form.in, form.in, dtype, stream_)),
      w_(repeated(form.out * form.in, kWeightPeriod, dtype, stream_)),
      bias_(repeated(form.out, form.out, Dtype::f32, stream_)),
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
