#include "slabs.h"

#include <algorithm>
#include <limits>

namespace evosift {

SlabbedBatch::SlabbedBatch(Batch batch, int64_t hidden, int64_t pad_token) : batch_(std::move(batch)), hidden_(hidden) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto count = static_cast<size_t>(std::max<int64_t>(sequences(), 0));
  if (batch_.reward) {
    find_reward_targets(pad_token);
    losses_.rewards.assign(count, nan);
  } else {
    find_loss_targets();
    losses_.nll.assign(target_positions_.size(), nan);
  }
  if (batch_.stats) {
    losses_.top1.assign(losses_.nll.size(), nan);
    losses_.entropy.assign(losses_.nll.size(), nan);
  }
  if (batch_.pooled) losses_.pooled.assign(count * static_cast<size_t>(hidden), nan);
}

// Spans are sorted and stay inside a sequence, so one walk gives each sequence its targets.
void SlabbedBatch::find_loss_targets() {
  const Batch& b = batch_;
  first_target_.push_back(0);
  size_t span = 0;
  for (int64_t s = 0; s < sequences(); ++s) {
    for (; span + 1 < b.spans.size() && b.spans[span] < b.starts[static_cast<size_t>(s) + 1]; span += 2)
      for (int32_t p = b.spans[span]; p < b.spans[span + 1]; ++p) target_positions_.push_back(p);
    first_target_.push_back(static_cast<int64_t>(target_positions_.size()));
  }
}

// One a sequence: behind its last token that is not the pad token, or behind its first where all are (transformers'
// GenericForSequenceClassification).
void SlabbedBatch::find_reward_targets(int64_t pad_token) {
  const Batch& b = batch_;
  first_target_.push_back(0);
  for (size_t s = 0; s + 1 < b.starts.size(); ++s) {
    int32_t last = b.starts[s + 1] - 1;
    while (last >= b.starts[s] && b.tokens[static_cast<size_t>(last)] == pad_token) --last;
    target_positions_.push_back(std::max(last, b.starts[s]) + 1);
    first_target_.push_back(static_cast<int64_t>(target_positions_.size()));
  }
}

std::vector<SlabRange> SlabbedBatch::slabs(int64_t most) const {
  std::vector<SlabRange> slabs;
  for (int64_t s = 0; s < sequences(); ++s) {
    const auto i = static_cast<size_t>(s);
    const int64_t length = batch_.starts[i + 1] - batch_.starts[i];
    const bool wanted = first_target_[i + 1] > first_target_[i] || (batch_.pooled && length > 0);
    if (!wanted) continue;
    if (!slabs.empty() && slabs.back().to == s && slabs.back().tokens + length <= most) {
      slabs.back().to = s + 1;
      slabs.back().tokens += length;
    } else {
      slabs.push_back({s, s + 1, length});
    }
  }
  return slabs;
}

void SlabbedBatch::score(const SlabRange& range, const Decoder& decoder, Lane& lane, const Cancellation& cancelled) {
  const Batch& b = batch_;
  const auto from = static_cast<size_t>(range.from), to = static_cast<size_t>(range.to);
  const int32_t first_token = b.starts[from];
  std::vector<int64_t> starts;
  std::vector<int32_t> positions;
  for (size_t s = from; s <= to; ++s) starts.push_back(b.starts[s] - first_token);
  for (size_t s = from; s < to; ++s)
    for (int32_t p = 0; p < b.starts[s + 1] - b.starts[s]; ++p) positions.push_back(p);

  const int64_t first = first_target_[from], count = first_target_[to] - first;
  std::vector<int64_t> targets;
  std::vector<int32_t> target_tokens;
  for (int64_t i = first; i < first + count; ++i) {
    const int64_t p = target_positions_[static_cast<size_t>(i)];
    targets.push_back(p - first_token);
    target_tokens.push_back(b.reward ? 0 : b.tokens[static_cast<size_t>(p)]);
  }

  const Slab slab{b.tokens.data() + first_token, positions.data(), starts.data(), starts.back(), range.to - range.from};
  const auto at = [](std::vector<float>& v, int64_t i) { return v.empty() ? nullptr : v.data() + i; };
  Losses& l = losses_;
  decoder.run(lane, slab, {targets.data(), target_tokens.data(), count},
              {{at(l.nll, first), at(l.top1, first), at(l.entropy, first)},
               at(l.pooled, range.from * hidden_),
               at(l.rewards, range.from)},
              cancelled);
}

}  // namespace evosift
