// The device's bench on the host twin, at small sizes: what is timed there is nothing, but its kernels are checked against
// the reference, the naive ones too. And the probe that chooses cuBLASLt's algorithms.
#include <algorithm>
#include <cmath>

#include "../../bench/cuda/cuda_bench.h"
#include "../../kernels/cuda/gemm_probe.h"
#include "../../kernels/host_twin/gemm_twin.h"
#include "../check.h"

namespace evosift {
namespace {

using cuda::GemmProbe;

cuda::BenchSizes small_sizes() {
  return {{{"small", 96, 80, 4, 2, 300, false}, {"small-gpt2", 64, 136, 2, 2, 300, true}},
          70,
          144,
          {33, 70},
          24,
          4096,
          1024,
          3};
}

TEST(bench_on_the_twin) {
  const KernelBench all = cuda::bench_kernels("", small_sizes(), cuda::make_gemm_twin);
  const auto count = [&](const std::string& op) {
    return std::count_if(all.kernels.begin(), all.kernels.end(), [&](const auto& k) { return k.op == op; });
  };
  // Two shapes in two dtypes: five matrices, and two lengths of attention; naive and fast.
  CHECK_EQUAL(count("matmul"), 2 * 2 * 5 * 2, "matmul");
  CHECK_EQUAL(count("attention"), 2 * 2 * 2 * 2, "attention");
  CHECK_EQUAL(count("norm"), 2 * 2 * 2, "norm");
  CHECK_EQUAL(count("rope"), 2 * 2, "rope");
  CHECK_EQUAL(count("activation"), 2 * 2, "activation");
  CHECK_EQUAL(count("cross_entropy"), 2 * 2, "cross_entropy");
  for (const KernelTiming& k : all.kernels) {
    CHECK_EQUAL(k.max_error > 0 || k.dtype == "f32", true, k.op + " " + k.variant + " " + k.size);
    CHECK_EQUAL(k.limit_rate == all.limits.at(k.limit) && k.limit_rate > 0, true, k.op);
    CHECK_NEAR(k.share, k.rate / k.limit_rate, 1e-9, k.op);
  }
  CHECK_ERROR(cuda::bench_kernels("softmax", small_sizes(), cuda::make_gemm_twin), "bad_argument", "softmax", "op");
}

// A right matmul, but for one output in a row that the bench looks at.
class WrongGemm : public Gemm {
 public:
  explicit WrongGemm(Dtype dtype) : right_(cuda::make_gemm_twin(dtype)) {}
  std::string name() const override { return "wrong"; }
  size_t workspace_bytes() const override { return 0; }
  void run(const GemmArgs& args, void* workspace, void* stream) override {
    right_->run(args, workspace, stream);
    args.y[0] += 0.01f;
  }

 private:
  std::unique_ptr<Gemm> right_;
};

TEST(bench_refuses_a_wrong_kernel) {
  const auto wrong = [](Dtype dtype) { return std::make_unique<WrongGemm>(dtype); };
  CHECK_ERROR(cuda::bench_kernels("matmul", small_sizes(), wrong), "engine_failed", "matmul fast", "wrong matmul");
}

TEST(gemm_probe) {
  for (const Dtype dtype : {Dtype::f32, Dtype::bf16}) {
    const auto gemm = cuda::make_gemm_twin(dtype);
    for (const GemmProbe::Form& form : {GemmProbe::Form{37, 24, 50, false, true}, {37, 24, 50, true, false}}) {
      GemmProbe probe(form, dtype, 0);
      const auto multiply = [&](const GemmArgs& args, void* workspace, void* stream) {
        gemm->run(args, workspace, stream);
        return true;
      };
      CHECK(probe.rows_agree(multiply));
      // One unit in the last place of one output, as another order of summing makes it.
      const auto one_bit_off = [&](const GemmArgs& args, void* workspace, void* stream) {
        gemm->run(args, workspace, stream);
        float& last = args.y[(args.rows - 1) * args.out];
        last = std::nextafter(last, 1e9f);
        return true;
      };
      CHECK(!probe.rows_agree(one_bit_off));
      CHECK(!probe.rows_agree([](const GemmArgs&, void*, void*) { return false; }));
    }
  }
}

}  // namespace
}  // namespace evosift
