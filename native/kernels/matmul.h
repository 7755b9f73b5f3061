// y = x W^T + b, with W repacked once and shared by all threads: by oneDNN, or on AMX by a kernel of our own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cpu_kernel.h"

namespace evosift {

// One thread's way to run matmuls: what a library keeps for it. Not shared between threads.
class MatmulRunner {
 public:
  MatmulRunner();
  ~MatmulRunner();
  MatmulRunner(const MatmulRunner&) = delete;
  MatmulRunner& operator=(const MatmulRunner&) = delete;

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

// Reads rows [first, first+count) of a matrix as f32 to its last argument.
using ReadRows = std::function<void(int64_t first, int64_t count, float* out)>;

// Output columns of a weight matrix, in the layout of what multiplies by them.
class PackedChunk {
 public:
  virtual ~PackedChunk() = default;
  // y[rows, out] (+)= x[rows, in] W^T (+ b), contiguous. Rows beyond `rows` up to a tile's end may be computed as well: x
  // and y must have room for them.
  virtual void run(MatmulRunner& runner, const void* x, int64_t rows, float* y) const = 0;
  virtual size_t bytes() const = 0;
};

// How a model's matrices are multiplied. A row's bits do not depend on how many rows it is computed with.
class Matmuls {
 public:
  // Rows that are multiplied at a time.
  static constexpr int64_t kTileRows = 128;

  virtual ~Matmuls() = default;
  virtual Dtype dtype() const = 0;
  // E.g. "oneDNN 2.6.3 brg:avx512_core".
  virtual std::string implementation() const = 0;

  struct Form {
    int64_t out, in;
    bool accumulate;  // add to y
  };
  // `bias` may be empty.
  virtual std::unique_ptr<const PackedChunk> pack(const Form& form, const ReadRows& read,
                                                  const std::vector<float>& bias, MatmulRunner& runner) = 0;
};

// The fastest for the dtype on this machine.
std::unique_ptr<Matmuls> make_matmuls(Dtype dtype);

// A weight matrix [out, in] ready to multiply: whole, or cut into chunks of output columns that stay in a core's L2 cache
// while many rows pass by. A chunk's output is a tile of its own, as oneDNN is a quarter slower where the rows of y lie apart.
class PackedLinear {
 public:
  PackedLinear() = default;

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

  // y[rows, chunk's columns] of one tile, as PackedChunk::run; x is [rows, in] of the dtype.
  void run(MatmulRunner& runner, size_t chunk, const void* x, int64_t rows, float* y) const {
    packed_[chunk]->run(runner, x, rows, y);
  }

  int64_t out_features() const { return out_; }
  int64_t in_features() const { return in_; }
  size_t bytes() const;

 private:
  int64_t out_ = 0, in_ = 0;
  std::vector<Chunk> chunks_;
  std::vector<std::shared_ptr<const PackedChunk>> packed_;
};

}  // namespace evosift
