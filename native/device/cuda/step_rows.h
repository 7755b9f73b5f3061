// How many tokens a step has. The number is chosen once and kept: matmuls of another shape may round otherwise.
#pragma once

#include "cuda_device.h"

namespace evosift {
namespace cuda {

// Targets that the head does at a time; divides `step_rows`, a multiple of 128.
int64_t head_rows(int64_t step_rows);
// Columns of the vocabulary that it does at a time, a multiple of 128: their logits take about `logit_bytes`.
int64_t head_columns(int64_t step_rows, int64_t logit_bytes);

// Bytes that a lane asks of the device for steps of `rows` tokens.
int64_t lane_bytes(const Architecture& architecture, const CudaOptions& options, int64_t rows);

// Measures a layer's matmuls at 32, 64, 128 and 256 rows a multiprocessor, as far as two lanes' memory can be had, and
// takes the least that comes within 3 % of the fastest. Throws Error engine_failed where not even 128 rows fit.
int64_t choose_step_rows(const Architecture& architecture, const CudaOptions& options, Gemm& gemm);

}  // namespace cuda
}  // namespace evosift
