#include "device_noise.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "../../base/bf16.h"

namespace evosift {
namespace cuda {

namespace {

constexpr size_t kTransferBytes = size_t{64} << 20;  // what is copied at a time, at least

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

}  // namespace

DeviceMemory device_noise(int64_t count, int64_t period, Dtype dtype, Stream& stream) {
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

}  // namespace cuda
}  // namespace evosift
