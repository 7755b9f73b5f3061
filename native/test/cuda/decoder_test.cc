// The whole decoder on the host twin of the CUDA device, against transformers' losses.
//
// --models DIR, --odd DIR: model directories, each with config.json, model.safetensors and goldens.jsonl.
#include <algorithm>
#include <cmath>

#include "../../kernels/cuda_portability.h"
#include "twin_decoder.h"

namespace evosift {
namespace {

using namespace test;

// f32 but for the matmuls' inputs, which are rounded to bf16: what the format alone does to a model's losses.
class RoundingGemm : public Gemm {
 public:
  std::string name() const override { return "inputs rounded to bf16"; }
  size_t workspace_bytes() const override { return 0; }
  void run(const GemmArgs& args, void* workspace, void* stream) override {
    const auto rounded = [](const void* from, int64_t count) {
      const auto* values = static_cast<const float*>(from);
      std::vector<float> to(values, values + count);
      for (float& v : to) v = to_f32(to_bf16(v));
      return to;
    };
    const auto x = rounded(args.x, args.rows * args.in), w = rounded(args.w, args.out * args.in);
    GemmArgs with = args;
    with.x = x.data();
    with.w = w.data();
    exact_->run(with, workspace, stream);
  }

 private:
  std::unique_ptr<Gemm> exact_ = cuda::make_gemm_twin(Dtype::f32);
};

// Of the sequence at `place` of a slab, whose losses begin at `first`.
TwinLosses part(const TwinLosses& l, size_t first, size_t count, size_t place, size_t hidden) {
  const auto cut = [](const std::vector<float>& v, size_t from, size_t n) {
    return std::vector<float>(v.begin() + static_cast<std::ptrdiff_t>(from),
                              v.begin() + static_cast<std::ptrdiff_t>(from + n));
  };
  return {cut(l.nll, first, count), cut(l.top1, first, count), cut(l.entropy, first, count),
          cut(l.pooled, place * hidden, hidden)};
}

struct Difference {
  double largest = 0, squares = 0;
  double count = 0;
  double rms() const { return std::sqrt(squares / count); }
};

Difference difference(const TwinLosses& l, const std::vector<Golden>& goldens) {
  Difference d;
  for (const Golden& g : goldens)
    for (const double want : g.nll) {
      const double off = std::abs(static_cast<double>(l.nll[static_cast<size_t>(d.count)]) - want);
      if (!(off <= d.largest)) d.largest = off;  // a NaN stays
      d.squares += off * off;
      d.count += 1;
    }
  return d;
}

// Other orders of fibers and blocks, other neighbours and another place in the slab change no bit of a sequence.
TwinLosses run_thrice(const std::string& model, const std::vector<Golden>& goldens, Dtype dtype) {
  const Decoder decoder = load(model, dtype, cuda::make_gemm_twin(dtype));
  const auto lane = decoder.lane();
  const auto hidden = static_cast<size_t>(decoder.architecture().hidden);
  std::vector<size_t> all = in_order(goldens.size());
  cuda::twin::set_seed(1);
  const TwinLosses packed = run(decoder, *lane, goldens, all);
  std::vector<size_t> first(goldens.size() + 1, 0);
  for (const size_t i : all) first[i + 1] = first[i] + goldens[i].nll.size();
  const auto again = [&](uint64_t seed, const std::vector<size_t>& which) {
    cuda::twin::set_seed(seed);
    const TwinLosses l = run(decoder, *lane, goldens, which);
    size_t at = 0;
    for (size_t place = 0; place < which.size(); ++place) {
      const size_t i = which[place], count = goldens[i].nll.size();
      CHECK_EQUAL(part(l, at, count, place, hidden) == part(packed, first[i], count, i, hidden), true,
                  model + ", sequence " + std::to_string(i) + ", seed " + std::to_string(seed));
      at += count;
    }
  };
  std::reverse(all.begin(), all.end());
  again(2, all);
  again(3, {goldens.size() / 2});
  return packed;
}

TEST(decoder_f32) {
  for (const auto& model : models("models")) {
    const auto goldens = read_goldens(model);
    const double worst = difference(run_thrice(model, goldens, Dtype::f32), goldens).largest;
    // Gemma's losses are 20 to 60 nats, where HF's own f32 is up to 2e-4 away.
    const double tolerance = model.find("gemma") != std::string::npos ? 5e-4 : 1e-4;
    CHECK_EQUAL(worst <= tolerance, true, model + ": " + std::to_string(worst));
  }
}

// bf16 has 8 significant bits, and how far rounding to them moves a loss is the model's own affair. So the tolerance is
// measured in f32, where only the matmuls' inputs are rounded: ten roundings a layer's token meets (x and w of qkv, out,
// gate/up, down, head). The bf16 path rounds q, k, v and the probabilities as well. Rounding errors are independent, so that
// their squares add: sqrt(14/10) = 1.2 times as much is expected, and 1.5 leaves room for chance.
TEST(decoder_bf16) {
  for (const auto& model : models("models")) {
    const auto goldens = read_goldens(model);
    const double got = difference(run_thrice(model, goldens, Dtype::bf16), goldens).rms();
    const Decoder rounding = load(model, Dtype::f32, std::make_unique<RoundingGemm>());
    const double format = difference(run(rounding, *rounding.lane(), goldens, in_order(goldens.size())), goldens).rms();
    CHECK_EQUAL(got <= 1.5 * format, true,
                model + ": " + std::to_string(got) + ", the format " + std::to_string(format));
  }
}

// A run that goes on names the step that it began with: it is not chosen again.
TEST(step_that_is_named_is_kept) {
  static const std::atomic<bool> never{false};
  const std::string model = models("odd").front();
  const auto with_step = [&](int64_t rows) {
    auto [architecture, weights] = model_from_directory(model)();
    return Decoder(std::move(architecture), std::move(weights),
                   [&](const Architecture& a) {
                     return make_cuda_device(a, {0, Dtype::f32, rows}, cuda::make_gemm_twin(Dtype::f32));
                   },
                   {never, never});
  };
  for (const int64_t rows : {128, 384, 4096}) {
    const Decoder decoder = with_step(rows);
    CHECK_EQUAL(decoder.device().tile_rows(), rows, std::to_string(rows));
    CHECK_EQUAL(rows % decoder.device().head_rows(), int64_t{0}, std::to_string(rows));
  }
  for (const int64_t rows : {-128, 1, 129}) {
    std::string message;
    try {
      with_step(rows);
    } catch (const std::exception& e) {
      message = e.what();
    }
    CHECK_EQUAL(message, "a step of " + std::to_string(rows) + " tokens: give a multiple of 128", std::to_string(rows));
  }
}

// Vocabulary 401, hidden 60, 6 heads over 3 and the like: nothing is a multiple of what kernels like.
TEST(decoder_odd_sizes) {
  for (const auto& model : models("odd")) {
    auto goldens = read_goldens(model);
    goldens.erase(std::remove_if(goldens.begin(), goldens.end(), [](const Golden& g) { return g.ids.size() > 120; }),
                  goldens.end());
    const Decoder decoder = load(model, Dtype::f32, cuda::make_gemm_twin(Dtype::f32));
    const Difference d = difference(run(decoder, *decoder.lane(), goldens, in_order(goldens.size())), goldens);
    CHECK_EQUAL(d.count > 0 && d.largest <= 1e-4, true, model + ": " + std::to_string(d.largest));
  }
}

}  // namespace
}  // namespace evosift
