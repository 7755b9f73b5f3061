// The engine's own threads: they load, pack and score; nothing else runs on them, and nothing of theirs runs elsewhere.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace evosift {

// Work in the order (batch, size descending): a batch's largest slab first, and the next batch's when it has no more, so
// that no thread waits for a batch to end.
class Threads {
 public:
  struct Task {
    uint64_t batch;
    int64_t size;
    const void* owner;             // whose tasks `limit` counts together
    int limit;                     // at most so many of the owner's tasks at a time
    std::function<void(int)> run;  // gets the thread's number; must not throw
  };

  Threads();
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  // Starts threads until there are at least `count`.
  void grow(int count);
  int count() const;
  void post(Task task);

  // Drops the tasks that wait and waits for those that run, which are to look at stopping() and end soon. Idempotent. It
  // is called when the environment ends, and before the process's static objects go where it just exits: the matmul
  // library's are among them.
  void stop();
  const std::atomic<bool>& stopping() const { return stopping_; }

 private:
  struct Entry {
    Task task;
    uint64_t order;
    bool operator<(const Entry& o) const {
      if (task.batch != o.task.batch) return task.batch < o.task.batch;
      if (task.size != o.task.size) return task.size > o.task.size;
      return order < o.order;
    }
  };
  void work(int number);
  int running_of(const void* owner) const;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::multiset<Entry> waiting_;
  std::vector<const void*> running_;  // by thread number; null: none
  std::vector<std::thread> threads_;
  uint64_t next_order_ = 0;
  std::atomic<bool> stopping_{false};
  std::mutex joining_;
};

}  // namespace evosift
