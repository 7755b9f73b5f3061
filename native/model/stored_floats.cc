#include "stored_floats.h"

#include <cstring>

namespace evosift {

namespace {

inline uint32_t load_u16(const uint8_t* in) {
  uint16_t bits;
  std::memcpy(&bits, in, sizeof bits);
  return bits;
}

}  // namespace

void bf16_to_f32(const uint8_t* in, int64_t count, float* out) {
  for (int64_t i = 0; i < count; ++i) {
    const uint32_t bits = load_u16(in + 2 * i) << 16;
    std::memcpy(out + i, &bits, sizeof bits);
  }
}

void f16_to_f32(const uint8_t* in, int64_t count, float* out) {
  constexpr uint32_t kRebias = (127 - 15) << 23;
  for (int64_t i = 0; i < count; ++i) {
    const uint32_t half = load_u16(in + 2 * i);
    const uint32_t magnitude = half & 0x7FFF;
    // Selected by masks: with branches or ?: the loop is not vectorised.
    const uint32_t is_infinite_or_nan = 0U - static_cast<uint32_t>(magnitude >= 0x7C00);
    const uint32_t is_subnormal = 0U - static_cast<uint32_t>(magnitude < 0x0400);
    const uint32_t normal = (magnitude << 13) + kRebias + (is_infinite_or_nan & kRebias);
    // A subnormal f16 is an integer times 2^-24, a normal f32: no arithmetic here meets a subnormal f32.
    const float subnormal_value = static_cast<float>(static_cast<int32_t>(magnitude)) * 0x1p-24f;
    uint32_t subnormal;
    std::memcpy(&subnormal, &subnormal_value, sizeof subnormal);
    const uint32_t bits = (half & 0x8000) << 16 | (normal & ~is_subnormal) | (subnormal & is_subnormal);
    std::memcpy(out + i, &bits, sizeof bits);
  }
}

}  // namespace evosift
