// The host twin itself: it fails where a GPU's behaviour is undefined.
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <set>
#include <vector>

#include "../../kernels/cuda_portability.h"
#include "../check.h"

namespace evosift {
namespace {

using namespace cuda;

LaunchShape one_block(int threads, size_t shared_bytes = 0) { return {1, threads, shared_bytes, nullptr}; }

EVOSIFT_KERNEL(32) apart(int* out) {
  if (thread_index() % 2)
    sync_warp();
  else
    *out = shfl(thread_index(), 0);
}

TEST(lanes_at_different_calls_are_an_error) {
  int out;
  CHECK_ERROR(launch("apart", apart, one_block(32), &out), "engine_failed", "others of its warp in", "");
}

EVOSIFT_KERNEL(64) left(float* out) {
  if (thread_index() == 37) return;
  out[thread_index()] = shfl_xor(1.0f, 1);
}

TEST(a_lane_that_is_missing_is_an_error) {
  std::vector<float> out(64);
  CHECK_ERROR(launch("left", left, one_block(64), out.data()), "engine_failed",
              "nobody can go on: thread 32 and on wait in shfl_xor at twin_test.cc:", "");
}

EVOSIFT_KERNEL(64) left_block() {
  if (thread_index() != 3) sync_block();
}

TEST(a_thread_that_misses_the_block_is_an_error) {
  CHECK_ERROR(launch("left_block", left_block, one_block(64)), "engine_failed", "wait in sync_block", "");
}

EVOSIFT_KERNEL(32) halves(int* out, bool wrong) {
  const uint32_t low = 0x0000ffffu, high = 0xffff0000u;
  const bool is_low = thread_index() < 16;
  out[thread_index()] = shfl(thread_index(), is_low ? 3 : 20, is_low != wrong ? low : high);
}

TEST(collectives_meet_by_mask) {
  std::vector<int> out(32);
  launch("halves", halves, one_block(32), out.data(), false);
  for (int lane = 0; lane < 32; ++lane) CHECK_EQUAL(out[static_cast<size_t>(lane)], lane < 16 ? 3 : 20, "halves");
  CHECK_ERROR(launch("halves", halves, one_block(32), out.data(), true), "engine_failed", "mask", "");
}

EVOSIFT_KERNEL(32) copies(const float* from, float* early, float* late) {
  auto* to = block_memory<float>();
  if (thread_index() == 0) {
    early[0] = to[0];
    cp_async(to, from, true);
    cp_async_commit();
    cp_async(to + 4, from + 4, false);
    cp_async_commit();
    early[1] = to[0];
    cp_async_wait<1>();
    early[2] = to[4];
    late[0] = to[0];
    cp_async_wait<0>();
    late[1] = to[4];
  }
}

TEST(a_copy_is_not_there_before_its_wait) {
  alignas(16) const float from[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  float early[3] = {}, late[2] = {};
  launch("copies", copies, one_block(32, 32), &from[0], &early[0], &late[0]);
  for (const float e : early) CHECK(std::isnan(e));
  CHECK_EQUAL(late[0], 1.0f, "copied");
  CHECK_EQUAL(late[1], 0.0f, "zeros for what is outside");
}

// Without the sync_block that belongs between the two lines.
EVOSIFT_KERNEL(64) racing(int* out) {
  auto* shared = block_memory<int>();
  shared[thread_index()] = thread_index();
  out[thread_index()] = shared[63 - thread_index()];
}

TEST(a_race_shows_in_the_order_of_the_fibers) {
  std::set<std::vector<int>> results;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    twin::set_seed(seed);
    std::vector<int> out(64);
    launch("racing", racing, one_block(64, 64 * sizeof(int)), out.data());
    results.insert(out);
  }
  CHECK(results.size() > 1);
}

EVOSIFT_KERNEL(32) counting(int* count) { atomic_add(count, block_index() + 1); }

TEST(blocks_share_atomics) {
  int count = 0;
  launch("counting", counting, {10, 32, 0, nullptr}, &count);
  CHECK_EQUAL(count, 32 * 55, "sum");
}

// d[16, 8] = a[16, 16] b[8, 16]^T, and with b[16, 8] read transposed.
EVOSIFT_KERNEL(32) multiply(const bf16* a, const bf16* b, const bf16* b_transposed, float* d, float* d_transposed) {
  const int lane = thread_index();
  uint32_t left[4], right[4], right_transposed[4];
  ldmatrix(left, a + lane % 16 * 16 + lane / 16 * 8);
  ldmatrix(right, b + lane % 8 * 16 + lane / 8 % 2 * 8);
  ldmatrix_transposed(right_transposed, b_transposed + lane % 16 * 8);
  float sums[4] = {0, 0, 0, 0}, sums_transposed[4] = {0, 0, 0, 0};
  mma_bf16_16816(sums, left, right[0], right[1]);
  mma_bf16_16816(sums_transposed, left, right_transposed[0], right_transposed[1]);
  for (int i = 0; i < 4; ++i) {
    const int at = (lane / 4 + i / 2 * 8) * 8 + lane % 4 * 2 + i % 2;
    d[at] = sums[i];
    d_transposed[at] = sums_transposed[i];
  }
}

TEST(tensor_cores_multiply) {
  bf16 a[16][16], b[8][16], b_transposed[16][8];
  for (int i = 0; i < 16; ++i) {
    for (int k = 0; k < 16; ++k) a[i][k] = to_bf16(static_cast<float>((i * 7 + k * 3) % 11 - 5));
    for (int n = 0; n < 8; ++n) b_transposed[i][n] = b[n][i] = to_bf16(static_cast<float>((i * 5 + n * 2) % 13 - 6));
  }
  float d[16][8], d_transposed[16][8];
  launch("multiply", multiply, one_block(32), &a[0][0], &b[0][0], &b_transposed[0][0], &d[0][0], &d_transposed[0][0]);
  for (int i = 0; i < 16; ++i)
    for (int n = 0; n < 8; ++n) {
      float want = 0;
      for (int k = 0; k < 16; ++k) want += to_f32(a[i][k]) * to_f32(b[n][k]);
      CHECK_EQUAL(d[i][n], want, "b as rows");
      CHECK_EQUAL(d_transposed[i][n], want, "b as columns");
    }
}

#ifdef __SANITIZE_ADDRESS__
EVOSIFT_KERNEL(32) beyond(float* out) { out[thread_index()] = block_memory<float>()[thread_index() + 1]; }

TEST(a_step_beyond_shared_memory_is_seen) {
  const pid_t child = fork();
  if (child == 0) {
    close(STDERR_FILENO);
    float out[32];
    launch("beyond", beyond, one_block(32, 32 * sizeof(float)), &out[0]);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) != 0);
}
#endif

}  // namespace
}  // namespace evosift
