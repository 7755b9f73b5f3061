// The host twin of cuda_portability.h: the same names, on the CPU. A thread of the machine runs a block, a fiber runs a
// CUDA thread, in a seeded random order that changes hands at every collective. What a GPU leaves undefined fails here:
//   - lanes that do not meet at one call, or with one mask, are an error that says where each of them stands;
//   - memory is NaN until it is written, and a buffer or a block's shared memory is an allocation of exactly its size, so
//     that AddressSanitizer sees a step beyond it;
//   - what cp_async copies is NaN until its thread has waited for it.
#pragma once

#include <cmath>
#include <cstring>
#include <functional>

#include "../base/bf16.h"
#include "../kernels/cuda_launch.h"

#define EVOSIFT_KERNEL(threads) static void
#define EVOSIFT_DEVICE inline
#define EVOSIFT_UNROLL

namespace evosift {
namespace cuda {

struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(8) uint2 {
  uint32_t x, y;
};

namespace twin {

// Of the order in which fibers and blocks run, from the next launch on.
void set_seed(uint64_t seed);

// A call in a kernel's source.
struct Site {
  const char* call;
  const char* file;
  int line;
};
#define EVOSIFT_SITE(call) twin::Site site = {call, __builtin_FILE(), __builtin_LINE()}

// What the lanes of a warp bring to a collective, and take from it.
struct Exchange {
  static constexpr size_t kBytes = 48;
  alignas(16) unsigned char lane[kWarp][kBytes];

  template <typename T>
  T get(int of) const {
    T value;
    std::memcpy(&value, lane[of], sizeof value);
    return value;
  }
  template <typename T>
  void put(int of, const T& value) {
    std::memcpy(lane[of], &value, sizeof value);
  }
};

// Waits for all lanes of `mask` to meet at `site`. The last to come runs `act` on what they brought, for all.
const Exchange& meet(uint32_t mask, const Site& site, const void* brought, size_t bytes,
                     void (*act)(Exchange&) = nullptr);
void meet_block(const Site& site);

int thread_index();
int block_index();
int block_count();
void* block_memory();
void copy_later(void* to, const void* from, size_t bytes);
void commit_copies();
void land_copies(int groups_left);
[[noreturn]] void fail(const Site& site, const char* why);

void run_grid(const char* kernel, const LaunchShape& shape, const std::function<void()>& thread);

// What a warp does at once, on what its lanes brought.
struct MmaOperands {
  uint32_t a[4], b[2];
  float d[4];
};
static_assert(sizeof(MmaOperands) <= Exchange::kBytes, "the most that a lane brings");
void load_matrices(Exchange& exchange);
void load_matrices_transposed(Exchange& exchange);
void multiply(Exchange& exchange);

}  // namespace twin

inline int thread_index() { return twin::thread_index(); }
inline int block_index() { return twin::block_index(); }
inline int block_count() { return twin::block_count(); }
template <typename T>
T* block_memory() {
  return static_cast<T*>(twin::block_memory());
}

inline void sync_block(EVOSIFT_SITE("sync_block")) { twin::meet_block(site); }
inline void sync_warp(uint32_t mask = kWholeWarp, EVOSIFT_SITE("sync_warp")) { twin::meet(mask, site, nullptr, 0); }

template <typename T>
T shfl(T value, int lane, uint32_t mask = kWholeWarp, EVOSIFT_SITE("shfl")) {
  if (!(mask >> (lane & 31) & 1)) twin::fail(site, "reads a lane that is not in its mask");
  return twin::meet(mask, site, &value, sizeof value).template get<T>(lane & 31);
}
template <typename T>
T shfl_xor(T value, int lanes, uint32_t mask = kWholeWarp, EVOSIFT_SITE("shfl_xor")) {
  return shfl(value, thread_index() ^ lanes, mask, site);
}

inline void ldmatrix(uint32_t (&r)[4], const bf16* row, EVOSIFT_SITE("ldmatrix")) {
  const twin::Exchange& got = twin::meet(kWholeWarp, site, &row, sizeof row, twin::load_matrices);
  std::memcpy(r, got.lane[thread_index() % kWarp], sizeof r);
}
inline void ldmatrix_transposed(uint32_t (&r)[4], const bf16* row, EVOSIFT_SITE("ldmatrix_transposed")) {
  const twin::Exchange& got = twin::meet(kWholeWarp, site, &row, sizeof row, twin::load_matrices_transposed);
  std::memcpy(r, got.lane[thread_index() % kWarp], sizeof r);
}
inline void mma_bf16_16816(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1, EVOSIFT_SITE("mma")) {
  const twin::MmaOperands brought{{a[0], a[1], a[2], a[3]}, {b0, b1}, {d[0], d[1], d[2], d[3]}};
  const twin::Exchange& got = twin::meet(kWholeWarp, site, &brought, sizeof brought, twin::multiply);
  std::memcpy(d, got.get<twin::MmaOperands>(thread_index() % kWarp).d, sizeof d);
}

inline void cp_async(void* to, const void* from, bool inside) { twin::copy_later(to, inside ? from : nullptr, 16); }
inline void cp_async_commit() { twin::commit_copies(); }
template <int kGroups>
void cp_async_wait() {
  twin::land_copies(kGroups);
}

inline int atomic_add(int* to, int value) { return __atomic_fetch_add(to, value, __ATOMIC_RELAXED); }

inline float widen(bf16 x) { return to_f32(x); }
inline bf16 round_to_bf16(float x) { return to_bf16(x); }
inline uint32_t bf16_pair(float low, float high) {
  return static_cast<uint32_t>(to_bf16(low).bits) | static_cast<uint32_t>(to_bf16(high).bits) << 16;
}

template <typename... Parameters, typename... Arguments>
void launch(const char* name, void (*kernel)(Parameters...), const LaunchShape& shape, const Arguments&... arguments) {
  twin::run_grid(name, shape, [&] { kernel(static_cast<Parameters>(arguments)...); });
}

}  // namespace cuda
}  // namespace evosift
