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

enum class MatmulIsa { less, avx2, avx512, avx512_bf16, avx512_amx };
MatmulIsa matmul_isa();
// Has the library make the static objects that it makes on first use.
void warm_up_matmul();
// Of the oneDNN library that is loaded, e.g. "2.6.3".
std::string matmul_library_version();

class MatmulShapes;

// One thread's way to run the matmuls of one Matmuls: a stream, a scratchpad, operands. Not shared between threads.
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

// The primitives of a model, one set a shape, shared by the layers. Rows are multiplied kTileRows at a time, and fewer at a
// tile's end: from a short list of row counts, where a probe found that a row's bits do not depend on how many rows it is
// computed with, else kFixedRows at a time throughout.
class Matmuls {
 public:
  static constexpr int64_t kTileRows = 128, kFixedRows = 64;

  explicit Matmuls(Dtype dtype);
  ~Matmuls();

  Dtype dtype() const { return dtype_; }
  // Of the last packed matrix, e.g. "brg:avx512_core_amx_bf16".
  const std::string& implementation() const { return implementation_; }

 private:
  friend class PackedLinear;
  Dtype dtype_;
  bool any_rows_ = true;
  std::string implementation_;
  std::shared_ptr<MatmulShapes> shapes_;
};

// A weight matrix [out, in] ready to multiply: whole, or cut into chunks of output columns that stay in a core's L2 cache
// while many rows pass by. A chunk's output is a tile of its own, as oneDNN is a quarter slower where the rows of y lie apart.
class PackedLinear {
 public:
  PackedLinear() = default;

  // Reads rows [first, first+count) of the matrix as f32 to its last argument.
  using ReadRows = std::function<void(int64_t first, int64_t count, float* out)>;

  struct Form {
    int64_t out, in;
    bool accumulate;         // add to y
    int64_t chunk_multiple;  // a chunk's columns are a multiple of this, but for the last one's; 0: one chunk
  };

  // `bias` may be empty.
  PackedLinear(Matmuls& matmuls, const Form& form, const ReadRows& read, const std::vector<float>& bias,
               MatmulRunner& runner);

  struct Chunk {
    int64_t first, columns;
  };
  // The chunks' columns, in order.
  const std::vector<Chunk>& chunks() const { return chunks_; }
  // Columns of the chunks that a matrix of this form is cut into (the last may have fewer).
  static int64_t chunk_columns(Dtype dtype, const Form& form);

  // y[rows, chunk's columns], contiguous, of one tile: x is [rows, in] of the dtype, contiguous. Rows beyond `rows` up to a
  // tile's end may be computed as well: x and y must have room for them.
  void run(MatmulRunner& runner, size_t chunk, const void* x, int64_t rows, float* y) const;

  int64_t out_features() const { return out_; }
  int64_t in_features() const { return in_; }
  size_t bytes() const;

 private:
  struct Packed;
  int64_t out_ = 0, in_ = 0;
  std::vector<Chunk> chunks_;
  std::vector<std::shared_ptr<const Packed>> packed_;
  const Matmuls* matmuls_ = nullptr;
};

// GFLOP/s of y = x W^T on random data, for at least `seconds`: `threads` engine-like threads each with a primitive of its
// own, or (parallel_inside) one primitive that OpenMP spreads over them. The ceiling that throughput is measured against.
double measure_matmul(Dtype dtype, int64_t rows, int64_t out, int64_t in, int threads, bool parallel_inside,
                      double seconds);

}  // namespace evosift
