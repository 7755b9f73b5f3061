// The sizes of known models, from their config.json, that kernels are measured on.
#pragma once

#include <cstdint>
#include <vector>

#include "../model/architecture.h"

namespace evosift {

struct ModelShape {
  const char* name;
  int64_t hidden, intermediate, heads, kv_heads, vocab;
  bool is_gpt2;  // layer norm, GELU without a gate, learned positions

  static constexpr int64_t kHeadDim = 64;
  int64_t q_width() const { return heads * kHeadDim; }
  int64_t qkv_width() const { return (heads + 2 * kv_heads) * kHeadDim; }
  int64_t gates() const { return is_gpt2 ? 1 : 2; }
  Activation activation() const { return is_gpt2 ? Activation::gelu_tanh : Activation::silu; }
};

inline const std::vector<ModelShape>& model_shapes() {
  static const std::vector<ModelShape> shapes{
      {"gpt2", 768, 3072, 12, 12, 50257, true},
      {"smollm2-135m", 576, 1536, 9, 3, 49152, false},
      {"qwen2.5-0.5b", 896, 4864, 14, 2, 151936, false},
      {"llama-3.2-1b", 2048, 8192, 32, 8, 128256, false},
  };
  return shapes;
}

}  // namespace evosift
