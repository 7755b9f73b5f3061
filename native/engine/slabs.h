// A batch by slabs: neighbouring sequences that one lane computes together.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "../graph/decoder.h"
#include "batch.h"

namespace evosift {

// Sequences [from, to) of a batch.
struct SlabRange {
  int64_t from, to, tokens;
};

// A batch and its losses, which slabs fill in whatever order, on any threads.
class SlabbedBatch {
 public:
  // `hidden`: the model's; `pad_token`: see Architecture.
  SlabbedBatch(Batch batch, int64_t hidden, int64_t pad_token);

  // Whole sequences, as many as fit into `most` tokens, or one that is longer; those that nothing is asked of are left out.
  std::vector<SlabRange> slabs(int64_t most) const;

  // A slab's losses. They stay unfinished where `cancelled` turns true on the way.
  void score(const SlabRange& range, const Decoder& decoder, Lane& lane, const Cancellation& cancelled);

  int64_t tokens() const { return static_cast<int64_t>(batch_.tokens.size()); }
  Losses take_losses() { return std::move(losses_); }

 private:
  int64_t sequences() const { return static_cast<int64_t>(batch_.starts.size()) - 1; }
  void find_loss_targets();
  void find_reward_targets(int64_t pad_token);

  const Batch batch_;
  const int64_t hidden_;
  std::vector<int64_t> first_target_;  // by sequence: where its losses stand; one more for the end
  std::vector<int64_t> target_positions_;
  Losses losses_;
};

}  // namespace evosift
