// The device's bench on the host twin, at small sizes: what is timed there is nothing, but its kernels are checked against
// the reference, the lower rungs too. And the probe that chooses cuBLASLt's algorithms.
#include <algorithm>
#include <cmath>

#include "../../bench/bench_data.h"
#include "../../bench/cuda/cuda_bench.h"
#include "../../bench/cuda/shared_memory_kernels.h"
#include "../../bench/reference.h"
#include "../../device/cuda/gemm_probe.h"
#include "../../host_twin/gemm_twin.h"
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
  struct Ladder {
    std::string op;
    int64_t cases;
    std::vector<std::string> rungs;
  };
  // Two shapes in two dtypes (of logits one): five matrices, and two lengths of attention.
  const Ladder ladders[] = {{"matmul", 2 * 2 * 5, {"naive", "shared memory", "fast"}},
                            {"norm", 2 * 2, {"naive", "shared memory", "fast"}},
                            {"rope", 2 * 2, {"naive", "fast"}},
                            {"attention", 2 * 2 * 2, {"naive", "shared memory", "fast"}},
                            {"activation", 2 * 2, {"naive", "fast"}},
                            {"cross_entropy", 2, {"naive", "shared memory", "fast"}}};
  // Case by case, each from its lowest rung to its highest.
  std::vector<std::string> expected, measured;
  for (const Ladder& ladder : ladders)
    for (int64_t i = 0; i < ladder.cases; ++i)
      for (const std::string& rung : ladder.rungs) expected.push_back(ladder.op + " " + rung);
  for (const KernelTiming& k : all.kernels) measured.push_back(k.op + " " + k.variant);
  CHECK(measured == expected);
  for (const KernelTiming& k : all.kernels) {
    CHECK_EQUAL(k.max_error > 0 || k.dtype == "f32", true, k.op + " " + k.variant + " " + k.size);
    CHECK_EQUAL(k.limit_rate == all.limits.at(k.limit) && k.limit_rate > 0, true, k.op);
    CHECK_NEAR(k.share, k.rate / k.limit_rate, 1e-9, k.op);
  }
  CHECK_ERROR(cuda::bench_kernels("softmax", small_sizes(), cuda::make_gemm_twin), "bad_argument", "softmax", "op");
}

// Tiles are cut off on every side, and by a matrix smaller than one.
TEST(shared_memory_matmul_at_odd_sizes) {
  struct Case {
    int64_t rows, out, in;
    bool accumulate;
  };
  for (const auto [rows, out, in, accumulate] : {Case{1, 1, 1, false}, {65, 67, 17, true}, {130, 63, 33, false}}) {
    for (const Dtype dtype : {Dtype::f32, Dtype::bf16}) {
      const Values x = Values::of_noise(rows * in, dtype, 1), w = Values::of_noise(out * in, dtype, 2);
      Values bias = Values::of_noise(out, Dtype::f32, 3), y = Values::of_noise(rows * out, Dtype::f32, 4);
      reference::Row results, expected;
      for (int64_t i = 0; i < rows * out; ++i) {
        double sum = bias.get(i % out) + (accumulate ? y.get(i) : 0);
        for (int64_t k = 0; k < in; ++k) sum += x.get(i / out * in + k) * w.get(i % out * in + k);
        expected.push_back(sum);
      }
      cuda::shared_memory_matmul({x.data(), w.data(), bias.f32(), y.f32(), rows, out, in, accumulate}, dtype, nullptr);
      for (int64_t i = 0; i < rows * out; ++i) results.push_back(y.get(i));
      CHECK_EQUAL(reference::compare(results, expected).relative <= 1e-5, true, std::to_string(rows) + " rows");
    }
  }
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
