#include "../kernels/cuda_portability.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "../base/error.h"
#include "fiber.h"

namespace evosift::cuda::twin {

namespace {

constexpr unsigned kMostThreads = 4;
std::atomic<uint64_t> order_seed{1};

std::string name_of(const Site& site) {
  const std::string path = site.file;
  return std::string(site.call) + " at " + path.substr(path.rfind('/') + 1) + ":" + std::to_string(site.line);
}

bool same(const Site& a, const Site& b) {
  return a.line == b.line && std::strcmp(a.file, b.file) == 0 && std::strcmp(a.call, b.call) == 0;
}

// Lanes on their way to one call. What was brought stays readable until all of them have come to the next one.
struct Meeting {
  uint32_t arrived = 0;
  Site site{};
  int turn = 0;
  Exchange exchange[2];
};

struct Copy {
  void* to;
  const void* from;  // null: zeros
  size_t bytes;
};

struct Thread {
  Fiber fiber;
  const Site* waits = nullptr;
  std::vector<std::vector<Copy>> groups;  // committed, oldest first
  std::vector<Copy> open;
};

// Runs blocks, one at a time.
class Block {
 public:
  void run(const char* kernel, const LaunchShape& shape, int index, uint64_t seed, const std::function<void()>& body);

  const Exchange& meet(uint32_t mask, const Site& site, const void* brought, size_t bytes, void (*act)(Exchange&));
  void meet_block(const Site& site);
  Thread& current() { return threads_[static_cast<size_t>(current_)]; }
  [[noreturn]] void fail(const std::string& why) const {
    throw Error("engine_failed", std::string(kernel_) + ", block " + std::to_string(index_) + ", " + why);
  }

  int current_ = 0, index_ = 0, count_ = 0;
  unsigned char* memory_ = nullptr;

 private:
  static void run_thread(void* block);
  void wait(const Site& site);
  void wake(int thread);
  std::string who_waits() const;

  const char* kernel_ = "";
  const std::function<void()>* body_ = nullptr;
  std::vector<Thread> threads_;
  size_t used_ = 0;
  std::vector<int> ready_;
  std::vector<std::map<uint32_t, Meeting>> meetings_;  // by warp, then by mask
  Site block_site_{};
  size_t block_arrived_ = 0;
  std::exception_ptr error_;
};

thread_local Block* running = nullptr;

void Block::run(const char* kernel, const LaunchShape& shape, int index, uint64_t seed,
                const std::function<void()>& body) {
  kernel_ = kernel;
  index_ = index;
  count_ = static_cast<int>(shape.blocks);
  body_ = &body;
  used_ = static_cast<size_t>(shape.threads);
  if (threads_.size() < used_) threads_ = std::vector<Thread>(used_);
  meetings_.clear();
  meetings_.resize(used_ / kWarp);
  block_arrived_ = 0;
  error_ = nullptr;
  // Its own allocation, to the byte: AddressSanitizer guards both ends.
  const std::unique_ptr<unsigned char[]> memory(new unsigned char[shape.shared_bytes]);
  std::memset(memory.get(), 0xff, shape.shared_bytes);
  memory_ = memory.get();
  running = this;

  ready_.clear();
  for (size_t t = 0; t < used_; ++t) {
    Thread& thread = threads_[t];
    thread.waits = nullptr;
    thread.groups.clear();
    thread.open.clear();
    thread.fiber.start(run_thread, this);
    ready_.push_back(static_cast<int>(t));
  }
  std::minstd_rand random(static_cast<unsigned>(seed));
  while (!ready_.empty() && !error_) {
    std::swap(ready_[random() % ready_.size()], ready_.back());
    current_ = ready_.back();
    ready_.pop_back();
    current().fiber.resume();
  }
  running = nullptr;
  if (error_) std::rethrow_exception(error_);
  const std::string waiting = who_waits();
  if (!waiting.empty()) fail("nobody can go on: " + waiting);
}

// On a fiber: what is thrown must not leave it.
void Block::run_thread(void* block) {
  auto* self = static_cast<Block*>(block);
  try {
    (*self->body_)();
    const Thread& thread = self->current();
    if (!thread.open.empty()) self->fail("a thread ended with cp_async without cp_async_commit");
  } catch (...) {
    self->error_ = std::current_exception();
  }
}

void Block::wait(const Site& site) {
  current().waits = &site;
  current().fiber.pause();
}

void Block::wake(int thread) {
  threads_[static_cast<size_t>(thread)].waits = nullptr;
  ready_.push_back(thread);
}

std::string Block::who_waits() const {
  std::string text;
  size_t ended = 0;
  for (size_t t = 0; t < used_; ++t) {
    ended += threads_[t].fiber.ended();
    const Site *here = threads_[t].waits, *before = t > 0 ? threads_[t - 1].waits : nullptr;
    if (here && !(before && same(*here, *before)))
      text += "thread " + std::to_string(t) + " and on wait in " + name_of(*here) + "; ";
  }
  return text.empty() ? text : text + std::to_string(ended) + " threads have ended";
}

const Exchange& Block::meet(uint32_t mask, const Site& site, const void* brought, size_t bytes,
                            void (*act)(Exchange&)) {
  const int me = current_, lane = me % kWarp, warp = me / kWarp;
  if (!(mask >> lane & 1)) fail("thread " + std::to_string(me) + " is not in the mask of its " + name_of(site));
  Meeting& meeting = meetings_[static_cast<size_t>(warp)][mask];
  if (meeting.arrived != 0 && !same(meeting.site, site))
    fail("thread " + std::to_string(me) + " is in " + name_of(site) + ", others of its warp in " +
         name_of(meeting.site));
  meeting.site = site;
  Exchange& exchange = meeting.exchange[meeting.turn];
  if (bytes > 0) std::memcpy(exchange.lane[lane], brought, bytes);
  meeting.arrived |= 1u << lane;
  if (meeting.arrived != mask) {
    wait(site);
    return exchange;
  }
  if (act) act(exchange);
  meeting.arrived = 0;
  meeting.turn ^= 1;
  for (int other = 0; other < kWarp; ++other) {
    if ((mask >> other & 1) && other != lane) wake(warp * kWarp + other);
  }
  return exchange;
}

void Block::meet_block(const Site& site) {
  if (block_arrived_ > 0 && !same(block_site_, site))
    fail("thread " + std::to_string(current_) + " is in " + name_of(site) + ", others in " + name_of(block_site_));
  block_site_ = site;
  if (++block_arrived_ < used_) return wait(site);
  block_arrived_ = 0;
  for (size_t t = 0; t < used_; ++t) {
    if (static_cast<int>(t) != current_) wake(static_cast<int>(t));
  }
}

}  // namespace

void set_seed(uint64_t seed) { order_seed = seed; }

const Exchange& meet(uint32_t mask, const Site& site, const void* brought, size_t bytes, void (*act)(Exchange&)) {
  return running->meet(mask, site, brought, bytes, act);
}
void meet_block(const Site& site) { running->meet_block(site); }
int thread_index() { return running->current_; }
int block_index() { return running->index_; }
int block_count() { return running->count_; }
void* block_memory() { return running->memory_; }
void fail(const Site& site, const char* why) { running->fail(name_of(site) + " " + why); }

void copy_later(void* to, const void* from, size_t bytes) {
  std::memset(to, 0xff, bytes);
  running->current().open.push_back({to, from, bytes});
}
void commit_copies() {
  Thread& self = running->current();
  self.groups.push_back(std::move(self.open));
  self.open.clear();
}
void land_copies(int groups_left) {
  auto& groups = running->current().groups;
  const size_t landing = groups.size() - std::min(groups.size(), static_cast<size_t>(groups_left));
  for (size_t g = 0; g < landing; ++g) {
    for (const Copy& copy : groups[g]) {
      if (copy.from)
        std::memcpy(copy.to, copy.from, copy.bytes);
      else
        std::memset(copy.to, 0, copy.bytes);
    }
  }
  groups.erase(groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(landing));
}

void run_grid(const char* kernel, const LaunchShape& shape, const std::function<void()>& thread) {
  if (shape.blocks < 1 || shape.threads < kWarp || shape.threads % kWarp || shape.threads > 1024)
    throw Error("engine_failed", std::string(kernel) + ": no GPU launches " + std::to_string(shape.blocks) +
                                     " blocks of " + std::to_string(shape.threads) + " threads");
  // One launch at a time; its blocks keep their stacks for the next.
  static std::mutex device;
  static Block blocks[kMostThreads];
  const std::lock_guard<std::mutex> one_at_a_time(device);
  const uint64_t seed = order_seed;
  std::vector<int> order(static_cast<size_t>(shape.blocks));
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::minstd_rand(static_cast<unsigned>(seed)));

  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::exception_ptr error;
  const auto work = [&](Block& block) {
    try {
      for (size_t i; (i = next++) < order.size();)
        block.run(kernel, shape, order[i], seed * 2654435761u + static_cast<uint64_t>(order[i]), thread);
    } catch (...) {
      next = order.size();
      const std::lock_guard<std::mutex> lock(mutex);
      error = std::current_exception();
    }
  };
  const size_t most =
      std::min<size_t>(std::max(1u, std::min(kMostThreads, std::thread::hardware_concurrency())), order.size());
  std::vector<std::thread> others;
  for (size_t t = 1; t < most; ++t) others.emplace_back(work, std::ref(blocks[t]));
  work(blocks[0]);
  for (std::thread& other : others) other.join();
  if (error) std::rethrow_exception(error);
}

}  // namespace evosift::cuda::twin
