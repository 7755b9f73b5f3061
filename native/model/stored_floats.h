// f16 and bf16 to f32, from addresses of any alignment. Exact, subnormal numbers included, whatever the thread's
// flush-to-zero setting.
#pragma once

#include <cstdint>

namespace evosift {

void bf16_to_f32(const uint8_t* in, int64_t count, float* out);
void f16_to_f32(const uint8_t* in, int64_t count, float* out);

}  // namespace evosift
