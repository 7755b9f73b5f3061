// A decoder on the host twin of the CUDA device.
#pragma once

#include <atomic>
#include <cmath>
#include <cstring>

#include "../../device/cuda/cuda_device.h"
#include "../../graph/decoder.h"
#include "../../host_twin/gemm_twin.h"
#include "../../model/model_source.h"
#include "../goldens.h"

namespace evosift::test {

// Steps of 128 tokens, so that the goldens' longest sequence takes two; the vocabulary 128 columns at a time.
inline Decoder load(const std::string& directory, Dtype dtype, std::unique_ptr<Gemm> gemm) {
  static const std::atomic<bool> never{false};
  auto [architecture, weights] = model_from_directory(directory)();
  return Decoder(
      std::move(architecture), std::move(weights),
      [&](const Architecture& a) { return make_cuda_device(a, {0, dtype, 128, 128 * 128 * 4}, std::move(gemm)); },
      {never, never});
}

struct TwinLosses {
  std::vector<float> nll, top1, entropy, pooled;
  bool operator==(const TwinLosses& o) const {
    const auto same = [](const std::vector<float>& a, const std::vector<float>& b) {
      return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
    };
    return same(nll, o.nll) && same(top1, o.top1) && same(entropy, o.entropy) && same(pooled, o.pooled);
  }
};

// TwinLosses of goldens `which`, end to end in one slab, to `l`, which is NaN where nothing was written.
inline void run(const Decoder& decoder, Lane& lane, const std::vector<Golden>& goldens,
                const std::vector<size_t>& which, TwinLosses& l) {
  static const std::atomic<bool> never{false};
  std::vector<int32_t> tokens, positions, target_tokens;
  std::vector<int64_t> starts{0}, targets;
  for (const size_t i : which) {
    const auto& ids = goldens[i].ids;
    for (size_t p = 0; p < ids.size(); ++p) {
      if (p > 0) {
        targets.push_back(static_cast<int64_t>(tokens.size()));
        target_tokens.push_back(ids[p]);
      }
      tokens.push_back(ids[p]);
      positions.push_back(static_cast<int32_t>(p));
    }
    starts.push_back(static_cast<int64_t>(tokens.size()));
  }
  for (auto* v : {&l.nll, &l.top1, &l.entropy}) v->assign(targets.size(), NAN);
  l.pooled.assign(which.size() * static_cast<size_t>(decoder.architecture().hidden), NAN);
  decoder.run(lane,
              {tokens.data(), positions.data(), starts.data(), static_cast<int64_t>(tokens.size()),
               static_cast<int64_t>(which.size())},
              {targets.data(), target_tokens.data(), static_cast<int64_t>(targets.size())},
              {{l.nll.data(), l.top1.data(), l.entropy.data()}, l.pooled.data()}, {never, never});
}

inline TwinLosses run(const Decoder& decoder, Lane& lane, const std::vector<Golden>& goldens,
                      const std::vector<size_t>& which) {
  TwinLosses l;
  run(decoder, lane, goldens, which, l);
  return l;
}

}  // namespace evosift::test
