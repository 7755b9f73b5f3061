#include "../../device/cuda/busy_time.h"

#include "../../device/cuda/measure_matmul.h"
#include "../../host_twin/gemm_twin.h"
#include "../check.h"

namespace evosift {
namespace {

TEST(busy_time_counts_a_moment_once) {
  cuda::BusyTime busy;
  busy.add(0, 1);
  busy.add(2, 3);
  CHECK_NEAR(busy.seconds(), 2, 1e-12, "apart");
  busy.add(0.5, 4);
  CHECK_NEAR(busy.seconds(), 4, 1e-12, "a span over two others and the gap between them");
  busy.add(1, 2);
  CHECK_NEAR(busy.seconds(), 4, 1e-12, "a span within another");
  for (int i = 0; i < 1000; ++i) busy.add(10 + i, 10.25 + i);
  CHECK_NEAR(busy.seconds(), 254, 1e-9, "many that nothing joins");
}

TEST(matmul_rate_of_the_twin) {
  const auto gemm = cuda::make_gemm_twin(Dtype::bf16);
  const double rate = cuda::measure_matmul(*gemm, Dtype::bf16, 48, 33, 70);
  CHECK(rate > 0 && rate < 1e4);
}

}  // namespace
}  // namespace evosift
