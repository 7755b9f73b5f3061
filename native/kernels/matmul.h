// y = x W^T + b by oneDNN, with W repacked once and shared by all threads. This file and its body are the only ones that
// know oneDNN's API (2.6 and 3.x).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cpu_kernel.h"

namespace evosift {

enum class MatmulIsa { less, avx2, avx512, avx512_bf16 };
MatmulIsa matmul_isa();
bool matmul_has_amx();
// Of the oneDNN library that is loaded, e.g. "2.6.3".
std::string matmul_library_version();

class MatmulShapes;

// One thread's way to run matmuls: a stream and a scratchpad. Not shared between threads.
class MatmulRunner {
 public:
  MatmulRunner();
  ~MatmulRunner();
  MatmulRunner(const MatmulRunner&) = delete;
  MatmulRunner& operator=(const MatmulRunner&) = delete;

 private:
  friend class PackedLinear;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The primitives of a model, one set a shape, shared by the layers. Every tile has `tile_rows` rows, or fewer from a
// short list where a probe at construction found that a row's bits do not depend on how many rows it is computed with.
class Matmuls {
 public:
  Matmuls(Dtype dtype, int64_t tile_rows);
  ~Matmuls();

  Dtype dtype() const { return dtype_; }
  int64_t tile_rows() const { return tile_rows_; }
  // The row count that `rows` (1 to tile_rows) of real rows are computed with; x and y must have room for them.
  int64_t padded_rows(int64_t rows) const;
  // Of the last packed matrix, e.g. "brg:avx512_core_amx_bf16".
  const std::string& implementation() const { return implementation_; }

 private:
  friend class PackedLinear;
  Dtype dtype_;
  int64_t tile_rows_;
  bool any_rows_ = false;
  std::string implementation_;
  std::shared_ptr<MatmulShapes> shapes_;
};

// A weight matrix [out, in] ready to multiply.
class PackedLinear {
 public:
  PackedLinear() = default;

  // Reads rows [first, first+count) of the matrix as f32 to its last argument.
  using ReadRows = std::function<void(int64_t first, int64_t count, float* out)>;

  // `bias` may be empty. With `accumulate`, run() adds to y.
  PackedLinear(Matmuls& matmuls, int64_t out, int64_t in, const ReadRows& read, const std::vector<float>& bias,
               bool accumulate, MatmulRunner& runner);

  // x: [rows, in] of the dtype, y: [rows, out] f32, contiguous; rows is one that padded_rows() gives.
  void run(MatmulRunner& runner, const void* x, int64_t rows, float* y) const;

  int64_t out_features() const { return out_; }
  int64_t in_features() const { return in_; }
  size_t bytes() const;

 private:
  struct Packed;
  std::shared_ptr<const Packed> packed_;
  int64_t out_ = 0, in_ = 0;
};

// GFLOP/s of y = x W^T on random data, for at least `seconds`: `threads` engine-like threads each with a primitive of its
// own, or (parallel_inside) one primitive that OpenMP spreads over them. The ceiling that throughput is measured against.
double measure_matmul(Dtype dtype, int64_t rows, int64_t out, int64_t in, int threads, bool parallel_inside,
                      double seconds);

}  // namespace evosift
