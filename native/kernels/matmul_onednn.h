// Matmuls by oneDNN. Its body knows oneDNN's API (2.6 and 3.x), and of other files only
// base/instruction_set.cc does.
#pragma once

#include <memory>
#include <string>

#include "matmul.h"

namespace evosift {

// Of the oneDNN library that is loaded, e.g. "2.6.3".
std::string matmul_library_version();
// Has the library keep to instruction_set(). Throws Error bad_argument where that cannot be settled, engine_failed where
// the library goes beyond it. What else is here does the same first, but on threads that may not throw.
void settle_matmul_library();
// Has the library make the static objects that it makes on first use.
void warm_up_matmul();

// One set of primitives a shape, shared by the layers. A tile's rows are multiplied in counts from a short list, where a
// probe found that a row's bits do not depend on how many rows it is computed with, else 64 at a time throughout.
std::unique_ptr<Matmuls> make_onednn_matmuls(Dtype dtype);

// GFLOP/s of y = x W^T on random data, for at least `seconds`: `threads` engine-like threads each with a primitive of its
// own, or (parallel_inside) one primitive that OpenMP spreads over them. The ceiling that throughput is measured against.
double measure_matmul(Dtype dtype, int64_t rows, int64_t out, int64_t in, int threads, bool parallel_inside,
                      double seconds);

}  // namespace evosift
