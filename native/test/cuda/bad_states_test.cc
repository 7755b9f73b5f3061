// What goes wrong with a device in the middle of its work, and what is left behind when nothing does.
#include <malloc.h>

#include <algorithm>
#include <cmath>

#include "../../base/error.h"
#include "twin_decoder.h"

#ifdef __SANITIZE_ADDRESS__
// GCC has the function, but not its header.
extern "C" size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace evosift {
namespace {

using namespace test;

// Fails at one of its calls, as what a lost device is asked for does.
class LosingGemm : public Gemm {
 public:
  explicit LosingGemm(int64_t& calls_left) : calls_left_(calls_left) {}
  std::string name() const override { return "host twin"; }
  size_t workspace_bytes() const override { return 0; }
  void run(const GemmArgs& args, void* workspace, void* stream) override {
    if (calls_left_-- == 0) throw Error("engine_failed", "the device is lost");
    exact_->run(args, workspace, stream);
  }

 private:
  int64_t& calls_left_;
  std::unique_ptr<Gemm> exact_ = cuda::make_gemm_twin(Dtype::f32);
};

TEST(a_lost_device_gives_no_numbers) {
  const std::string model = models("odd").back();
  const auto goldens = read_goldens(model);
  constexpr int64_t kNever = 1 << 30;
  int64_t calls_left = kNever;
  const Decoder decoder = load(model, Dtype::f32, std::make_unique<LosingGemm>(calls_left));
  const auto lane = decoder.lane();
  const TwinLosses whole = run(decoder, *lane, goldens, {0, 1});
  const int64_t calls = kNever - calls_left;
  // At the first matmul, in the layers, in the head.
  for (const int64_t fatal : {int64_t{0}, calls / 2, calls - 1}) {
    TwinLosses l;
    calls_left = fatal;
    CHECK_ERROR(run(decoder, *lane, goldens, {0, 1}, l), "engine_failed", "lost", "");
    const bool none = std::all_of(l.nll.begin(), l.nll.end(), [](float x) { return std::isnan(x); });
    CHECK_EQUAL(none, true, "call " + std::to_string(fatal));
    calls_left = kNever;
    CHECK_EQUAL(run(decoder, *lane, goldens, {0, 1}) == whole, true, "after call " + std::to_string(fatal));
  }
}

size_t heap_bytes() {
#ifdef __SANITIZE_ADDRESS__
  return __sanitizer_get_current_allocated_bytes();
#else
  return mallinfo2().uordblks;
#endif
}

// Batches after the first ones ask the heap for nothing that they do not give back: 10,000 need no more than these. Less
// than a pointer a batch is left for what the allocator itself counts.
TEST(batches_leave_nothing_behind) {
  constexpr int kWarmUps = 30, kBatches = 80;
  const std::string model = models("odd").back();
  const auto goldens = read_goldens(model);
  const Decoder decoder = load(model, Dtype::bf16, cuda::make_gemm_twin(Dtype::bf16));
  const auto lane = decoder.lane();
  size_t before = 0;
  for (int i = 0; i < kWarmUps + kBatches; ++i) {
    if (i == kWarmUps) before = heap_bytes();
    const auto first = static_cast<size_t>(i) % 3;
    run(decoder, *lane, goldens, i % 2 ? std::vector<size_t>{first} : std::vector<size_t>{first, first + 1});
  }
  const size_t after = heap_bytes();
  CHECK_EQUAL(after < before + kBatches * sizeof(void*), true,
              std::to_string(before) + " bytes before, " + std::to_string(after) + " after");
}

}  // namespace
}  // namespace evosift
