// The device's kernels on the sizes of known models: first against a reference in double precision, then timed by the
// device's events, with its cache flushed before each call, against what it reaches at best on a large matmul and a copy.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "../../base/dtype.h"
#include "../../device/cuda/gemm.h"
#include "../kernel_bench.h"
#include "../model_shapes.h"

namespace evosift {
namespace cuda {

// How much is measured.
struct BenchSizes {
  std::vector<ModelShape> shapes;
  int64_t rows;                  // tokens that matmuls and row-wise kernels pass over
  int64_t head_columns;          // of the vocabulary, that the head's matmul and cross-entropy do at a time
  std::vector<int64_t> lengths;  // of attention's sequences, `rows` tokens in all
  int64_t matmul_limit;          // rows, out and in of the large matmul
  int64_t copy_limit;            // bytes of the large copy
  int64_t flush;                 // bytes that are written to empty the cache; more than it holds
  int samples;                   // timed calls, of which the median counts
};
BenchSizes device_bench_sizes();

using MakeGemm = std::function<std::unique_ptr<Gemm>(Dtype)>;

// Of the calling thread's device. Throws Error bad_argument for an unknown op, engine_failed where a result is further from
// the reference than rounding can explain.
KernelBench bench_kernels(const std::string& op, const BenchSizes& sizes, const MakeGemm& make_gemm);

}  // namespace cuda
}  // namespace evosift
