// y = x W^T + b, with W repacked once and shared by all threads: by oneDNN, or on AMX by kernels of our own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "../base/aligned_memory.h"
#include "../base/dtype.h"

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
  // y[rows, out] (+)= x[rows, in] W^T (+ b), contiguous; x is a tile of a MatmulInput. Rows beyond `rows` up to a tile's
  // end may be computed as well: x and y must have room for them.
  virtual void run(MatmulRunner& runner, const void* x, int64_t rows, float* y) const = 0;
  virtual size_t bytes() const = 0;
};

// How a model's matrices are multiplied. A row's bits do not depend on how many rows it is computed with.
class Matmuls {
 public:
  virtual ~Matmuls() = default;
  virtual Dtype dtype() const = 0;
  // E.g. "oneDNN 2.6.3 brg:avx512_core".
  virtual std::string implementation() const = 0;

  // Rows of a tile, which are multiplied at a time.
  virtual int64_t tile_rows() const { return 128; }
  // Bytes of a tile x[tile_rows, in] in a form of the matmuls' own; 0: they take it as it is.
  virtual int64_t own_tile_bytes(int64_t) const { return 0; }
  // Puts a tile's rows x[rows, in] into that form.
  virtual void to_own_tile(const void*, int64_t, int64_t, void*) const {}

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

// What is multiplied: x[rows, in], in the form that the matmuls take. Keeps its memory from one x to the next.
class MatmulInput {
 public:
  // x stays where it is as long as it is used, with room for whole tiles.
  void set(const Matmuls& matmuls, const void* x, int64_t rows, int64_t in);
  // The tile that row `first` begins.
  const void* tile(int64_t first) const { return at_ + first / tile_rows_ * tile_bytes_; }

 private:
  AlignedMemory own_;
  const char* at_ = nullptr;
  int64_t tile_rows_ = 1, tile_bytes_ = 0;
};

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

  // y[rows, chunk's columns] of one tile, as PackedChunk::run; x is a tile of a MatmulInput.
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
