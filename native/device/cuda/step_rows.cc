#include "step_rows.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "../../base/error.h"
#include "../../kernels/cross_entropy.h"
#include "cuda_weights.h"
#include "runtime.h"

namespace evosift {
namespace cuda {

namespace {

// More losses at a time save little: the weights are read from the cache by then.
constexpr int64_t kHeadRows = 2048;
constexpr int64_t kLanes = 2;
constexpr int kRepeats = 5;

bool fits(int64_t bytes) {
  try {
    const DeviceMemory arena(static_cast<size_t>(bytes));
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

// Tokens a second that a layer's matmuls do.
double speed(const Architecture& a, Dtype dtype, Gemm& gemm, int64_t rows) {
  const int64_t gated = a.intermediate * (a.gated ? 2 : 1);
  const int64_t shapes[][2] = {
      {a.qkv_width(), a.hidden}, {a.hidden, a.q_width()}, {gated, a.hidden}, {a.hidden, a.intermediate}};
  int64_t weights = 0, widest_in = 0, widest_out = 0;
  for (const auto& [out, in] : shapes) {
    weights = std::max(weights, out * in);
    widest_in = std::max(widest_in, in);
    widest_out = std::max(widest_out, out);
  }
  Stream stream;
  const DeviceMemory workspace(gemm.workspace_bytes()), w(static_cast<size_t>(weights * bytes_of(dtype))),
      x(static_cast<size_t>(rows * widest_in * bytes_of(dtype))), y(static_cast<size_t>(rows * widest_out * 4));
  // Zeros use less power than numbers do, which flatters every candidate alike.
  const auto layer = [&] {
    for (const auto& [out, in] : shapes)
      gemm.run({x.data(), w.data(), nullptr, static_cast<float*>(y.data()), rows, out, in, false}, workspace.data(),
               stream.handle());
  };
  layer();
  std::vector<double> seconds;
  for (int i = 0; i < kRepeats; ++i) seconds.push_back(seconds_of(stream, layer));
  std::nth_element(seconds.begin(), seconds.begin() + kRepeats / 2, seconds.end());
  return static_cast<double>(rows) / seconds[kRepeats / 2];
}

}  // namespace

int64_t head_rows(int64_t step_rows) { return 128 * std::gcd(step_rows / 128, kHeadRows / 128); }

int64_t head_columns(int64_t step_rows, int64_t logit_bytes) {
  const int64_t columns = logit_bytes / (head_rows(step_rows) * int64_t{sizeof(float)});
  return std::max<int64_t>(128, columns / 128 * 128);
}

int64_t lane_bytes(const Architecture& a, const CudaOptions& options, int64_t rows) {
  const int64_t size = bytes_of(options.dtype), gated = a.intermediate * (a.gated ? 2 : 1);
  const int64_t of_row = 8 * a.hidden + size * (a.qkv_width() + a.q_width() + a.hidden + a.intermediate) +
                         4 * a.qkv_width() + 12 * int64_t{sizeof(int32_t)};
  const int64_t logits =
      head_rows(rows) * std::min(head_columns(rows, options.logit_bytes), padded_vocabulary(a.vocab)) * 4;
  const int64_t of_head_row = 4 * a.hidden + static_cast<int64_t>(sizeof(CrossEntropyState));
  return rows * of_row + std::max(rows * gated * 4, logits) + head_rows(rows) * of_head_row;
}

int64_t choose_step_rows(const Architecture& architecture, const CudaOptions& options, Gemm& gemm) {
  const int64_t multiprocessors = device_limits().multiprocessors;
  int64_t most = round_up(256 * multiprocessors, 128);
  while (!fits(kLanes * (lane_bytes(architecture, options, most) + static_cast<int64_t>(gemm.workspace_bytes())))) {
    if (most == 128) throw Error("engine_failed", "the GPU's memory holds the weights, but not 128 tokens beside them");
    most = round_up(most / 2, 128);
  }
  struct Candidate {
    int64_t rows;
    double speed;
  };
  std::vector<Candidate> candidates;
  for (int64_t times = 32; times <= 256; times *= 2) {
    const int64_t rows = std::min(most, round_up(times * multiprocessors, 128));
    if (candidates.empty() || candidates.back().rows < rows)
      candidates.push_back({rows, speed(architecture, options.dtype, gemm, rows)});
  }
  double best = 0;
  for (const Candidate& c : candidates) best = std::max(best, c.speed);
  return std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& c) { return c.speed >= 0.97 * best; })
      ->rows;
}

}  // namespace cuda
}  // namespace evosift
