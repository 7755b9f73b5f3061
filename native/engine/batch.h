// What an engine is given to score, and what comes of it.
#pragma once

#include <cstdint>
#include <vector>

namespace evosift {

// Token sequences end to end; see PackedBatch in src/engine/engine.ts for the contract, which the caller has checked.
struct Batch {
  std::vector<int32_t> tokens, starts, spans;
  bool stats = false, pooled = false;
  bool reward = false;  // of a reward model, which then has no spans
};

// In span order; pooled and rewards in sequence order. What was not computed is NaN.
struct Losses {
  std::vector<float> nll, top1, entropy, pooled, rewards;
};

}  // namespace evosift
