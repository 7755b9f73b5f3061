#include "gemm_twin.h"

#include <cmath>
#include <vector>

#include "../base/bf16.h"

namespace evosift {
namespace cuda {

namespace {

float value(float x) { return x; }
float value(bf16 x) { return to_f32(x); }

// Calls put(row, column, sum) with each of x w^T + bias.
template <typename T, typename Put>
void multiply(const GemmArgs& g, const Put& put) {
  const auto* x = static_cast<const T*>(g.x);
  const auto* w = static_cast<const T*>(g.w);
  std::vector<float> transposed(static_cast<size_t>(g.in * g.out));
  for (int64_t o = 0; o < g.out; ++o)
    for (int64_t i = 0; i < g.in; ++i) transposed[static_cast<size_t>(i * g.out + o)] = value(w[o * g.in + i]);
  std::vector<float> sums(static_cast<size_t>(g.out));
  for (int64_t r = 0; r < g.rows; ++r) {
    for (float& sum : sums) sum = 0;
    for (int64_t i = 0; i < g.in; ++i) {
      const float xi = value(x[r * g.in + i]);
      const float* row = transposed.data() + i * g.out;
      for (int64_t o = 0; o < g.out; ++o) sums[static_cast<size_t>(o)] += xi * row[o];
    }
    for (int64_t o = 0; o < g.out; ++o) put(r, o, (g.bias ? g.bias[o] : 0.0f) + sums[static_cast<size_t>(o)]);
  }
}

float gelu_tanh(float x) { return 0.5f * x * (1.0f + std::tanh(0.79788456080286536f * (x + 0.044715f * x * x * x))); }

class GemmTwin : public Gemm {
 public:
  explicit GemmTwin(Dtype dtype) : dtype_(dtype) {}
  std::string name() const override { return "host twin"; }
  size_t workspace_bytes() const override { return 0; }
  void run(const GemmArgs& args, void*, void*) override {
    const auto put = [&](int64_t r, int64_t o, float sum) {
      float& y = args.y[r * args.out + o];
      y = (args.accumulate ? y : 0.0f) + sum;
    };
    dtype_ == Dtype::bf16 ? multiply<bf16>(args, put) : multiply<float>(args, put);
  }
  bool run_gelu(const GemmArgs& args, void* y, void*, void*) override {
    multiply<bf16>(args, [&](int64_t r, int64_t o, float sum) {
      static_cast<bf16*>(y)[r * args.out + o] = to_bf16(gelu_tanh(sum));
    });
    return true;
  }

 private:
  Dtype dtype_;
};

}  // namespace

std::unique_ptr<Gemm> make_gemm_twin(Dtype dtype) { return std::make_unique<GemmTwin>(dtype); }

}  // namespace cuda
}  // namespace evosift
