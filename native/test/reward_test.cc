// Rewards of the engine, without Node. --models DIR: model directories with config.json, model.safetensors and
// goldens.jsonl of {"ids", "score"}.
#include "reward_goldens.h"

#include <cmath>
#include <cstring>

#include "../device/cpu_device.h"
#include "engine_runs.h"

namespace evosift {
namespace {

using namespace test;

Batch pack(const std::vector<Rewarded>& rows) {
  Batch b;
  b.starts.push_back(0);
  for (const Rewarded& row : rows) {
    b.tokens.insert(b.tokens.end(), row.ids.begin(), row.ids.end());
    b.starts.push_back(static_cast<int32_t>(b.tokens.size()));
  }
  b.reward = true;
  return b;
}

// Alone and packed the same bits; with `goldens`, those of transformers within 1e-4.
void check_rewards(Threads& threads, const std::string& model, Dtype dtype, bool goldens) {
  const std::vector<Rewarded> rows = read_rewards(model);
  const auto engine = load(threads, model, dtype, 2);
  const Losses packed = start(*engine, 1, pack(rows)).get();
  CHECK_EQUAL(packed.rewards.size(), rows.size(), model);
  CHECK_EQUAL(packed.nll.size(), size_t{0}, model);
  for (size_t i = 0; i < rows.size(); ++i) {
    const double off = std::abs(static_cast<double>(packed.rewards[i]) - rows[i].score);
    if (goldens) CHECK_EQUAL(off <= 1e-4, true, model + ": " + std::to_string(rows[i].score));
    const Losses alone = start(*engine, 2 + i, pack({rows[i]})).get();
    CHECK_EQUAL(std::memcmp(alone.rewards.data(), &packed.rewards[i], sizeof(float)), 0, model);
  }
  close(*engine);
}

TEST(rewards) {
  Threads threads;
  for (const auto& model : models("models")) {
    check_rewards(threads, model, Dtype::f32, true);
    if (best_cpu_dtype() == Dtype::bf16) check_rewards(threads, model, Dtype::bf16, false);
  }
}

}  // namespace
}  // namespace evosift
