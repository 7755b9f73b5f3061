// Reward models on the host twin of the CUDA device, against transformers' rewards.
//
// --rewards DIR: model directories, each with config.json, model.safetensors and goldens.jsonl of {"ids", "score"}.
#include "../../kernels/cuda_portability.h"
#include "../reward_goldens.h"
#include "twin_decoder.h"

namespace evosift {
namespace {

using namespace test;

// Of the sequences end to end in one slab, each read at its last token.
std::vector<float> rewards(const Decoder& decoder, Lane& lane, const std::vector<Rewarded>& rows) {
  static const std::atomic<bool> never{false};
  std::vector<int32_t> tokens, positions;
  std::vector<int64_t> starts{0}, targets;
  for (const Rewarded& row : rows) {
    for (size_t p = 0; p < row.ids.size(); ++p) positions.push_back(static_cast<int32_t>(p));
    tokens.insert(tokens.end(), row.ids.begin(), row.ids.end());
    starts.push_back(static_cast<int64_t>(tokens.size()));
    targets.push_back(starts.back());
  }
  const std::vector<int32_t> no_tokens(targets.size(), 0);
  const auto count = static_cast<int64_t>(rows.size());
  std::vector<float> out(rows.size(), NAN);
  decoder.run(lane, {tokens.data(), positions.data(), starts.data(), static_cast<int64_t>(tokens.size()), count},
              {targets.data(), no_tokens.data(), count}, {{nullptr, nullptr, nullptr}, nullptr, out.data()},
              {never, never});
  return out;
}

TEST(rewards_of_the_twin) {
  for (const auto& model : models("rewards")) {
    std::vector<Rewarded> rows = read_rewards(model);
    const Decoder decoder = load(model, Dtype::f32, cuda::make_gemm_twin(Dtype::f32));
    // Which token a reward is read at is the engine's affair.
    const auto ends_with_pad = [&](const Rewarded& r) { return r.ids.back() == decoder.architecture().pad_token; };
    rows.erase(std::remove_if(rows.begin(), rows.end(), ends_with_pad), rows.end());
    const auto lane = decoder.lane();
    cuda::twin::set_seed(1);
    const std::vector<float> packed = rewards(decoder, *lane, rows);
    for (size_t i = 0; i < rows.size(); ++i) {
      CHECK_EQUAL(std::abs(static_cast<double>(packed[i]) - rows[i].score) <= 1e-4, true,
                  model + ": " + std::to_string(packed[i]) + " for " + std::to_string(rows[i].score));
      cuda::twin::set_seed(2 + i);
      const std::vector<float> alone = rewards(decoder, *lane, {rows[i]});
      CHECK_EQUAL(std::memcmp(alone.data(), &packed[i], sizeof(float)), 0, model);
    }
  }
}

}  // namespace
}  // namespace evosift
