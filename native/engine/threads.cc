#include "threads.h"

#include <omp.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <xmmintrin.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include "../kernels/matmul_onednn.h"

namespace evosift {

namespace {

// All Threads of the process, for its exit. Never destroyed: it is used while static objects are.
struct Registry {
  std::mutex mutex;
  std::set<Threads*> all;
};

Registry& registry() {
  static Registry& registry = *std::make_unique<Registry>().release();
  return registry;
}

void stop_all() {
  const std::lock_guard<std::mutex> lock(registry().mutex);
  for (Threads* threads : registry().all) threads->stop();
}

// What is registered last is called first: only after the matmul library has made its static objects may this be.
void stop_before_the_matmul_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    warm_up_matmul();
    std::atexit(stop_all);
  });
}

}  // namespace

Threads::Threads() {
  const std::lock_guard<std::mutex> lock(registry().mutex);
  registry().all.insert(this);
}

Threads::~Threads() {
  {
    const std::lock_guard<std::mutex> lock(registry().mutex);
    registry().all.erase(this);
  }
  stop();
}

void Threads::stop() {
  const std::lock_guard<std::mutex> joining(joining_);
  std::multiset<Entry> dropped;
  std::vector<std::thread> threads;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    dropped.swap(waiting_);
    threads.swap(threads_);
  }
  wake_.notify_all();
  for (std::thread& t : threads) t.join();
}

void Threads::grow(int count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  while (!stopping_ && static_cast<int>(threads_.size()) < count) {
    const int number = static_cast<int>(threads_.size());
    running_.push_back(nullptr);
    threads_.emplace_back([this, number] { work(number); });
  }
}

int Threads::count() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return static_cast<int>(threads_.size());
}

void Threads::post(Task task) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) return;
    waiting_.insert({std::move(task), next_order_++});
  }
  wake_.notify_one();
}

int Threads::running_of(const void* owner) const {
  return static_cast<int>(std::count(running_.begin(), running_.end(), owner));
}

void Threads::work(int number) {
  // oneDNN parallelises with OpenMP inside a primitive; here every thread runs primitives of its own.
  omp_set_num_threads(1);
  // A service's own threads go first.
  setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), 5);
  // Denormals cost hundreds of cycles each and mean nothing here: flush them to zero, read them as zero.
  _mm_setcsr(_mm_getcsr() | 0x8040u);
  stop_before_the_matmul_library();

  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    auto next = waiting_.end();
    wake_.wait(lock, [&] {
      if (stopping_) return true;
      next = std::find_if(waiting_.begin(), waiting_.end(),
                          [&](const Entry& e) { return running_of(e.task.owner) < e.task.limit; });
      return next != waiting_.end();
    });
    if (stopping_) return;
    Task task = std::move(waiting_.extract(next).value().task);
    running_[static_cast<size_t>(number)] = task.owner;
    lock.unlock();
    task.run(number);
    task.run = nullptr;  // what it holds is let go outside the lock
    lock.lock();
    running_[static_cast<size_t>(number)] = nullptr;
    // A place under the owner's limit is free again.
    wake_.notify_all();
  }
}

}  // namespace evosift
