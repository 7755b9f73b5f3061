// What a step reads that is not weights: tokens, targets and the attention's work, sent to the device in one copy. Rows
// and targets are filled up with harmless ones, so that every step has one size.
#pragma once

#include <cstdint>

#include "../../kernels/attention_cuda.h"
#include "../operations.h"
#include "runtime.h"

namespace evosift {
namespace cuda {

class StepInputs {
 public:
  // Room for `rows` rows and as many targets and sequences. True where the addresses below have changed.
  bool reserve(int64_t rows);
  // `queries`: what an attention tile has.
  void send(const Slab& slab, const SlabTargets& targets, int64_t queries, Stream& stream);

  const int32_t* tokens() const { return at(0); }
  const int32_t* positions() const { return at(1); }         // of the tokens, in their sequences
  const int32_t* target_positions() const { return at(2); }  // rows
  const int32_t* target_tokens() const { return at(3); }
  const int32_t* starts() const { return at(4); }
  const AttentionTile* tiles() const { return reinterpret_cast<const AttentionTile*>(at(5)); }
  const int32_t* tile_count() const { return at(8); }

 private:
  // Section by section, each with `stride_` numbers, the tiles with three times as many.
  const int32_t* at(int64_t section) const { return static_cast<const int32_t*>(device_.data()) + section * stride_; }
  int32_t* host(int64_t section) const { return static_cast<int32_t*>(host_.data()) + section * stride_; }

  int64_t rows_ = 0, stride_ = 0;
  PinnedMemory host_;
  DeviceMemory device_;
};

}  // namespace cuda
}  // namespace evosift
