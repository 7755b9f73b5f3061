// A loop spread over the engine's threads, from one of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "../threads.h"

namespace evosift {

class Workers {
 public:
  // `owner` is whose work it is, which no more than `limit` threads do at a time.
  Workers(Threads& threads, const void* owner, int limit, const std::atomic<bool>& cancelled)
      : threads_(threads), owner_(owner), limit_(limit), cancelled_(cancelled) {}

  // body(i) for every i in [0, count), in any order, on this thread and those that are free; returns when all are done.
  // Throws the first error of a body, and Error aborted where work was cancelled.
  void each(int64_t count, const std::function<void(int64_t)>& body) const;

  bool stopped() const { return cancelled_ || threads_.stopping(); }
  // Throws Error aborted where it has stopped.
  void check() const;

 private:
  Threads& threads_;
  const void* owner_;
  int limit_;
  const std::atomic<bool>& cancelled_;
};

}  // namespace evosift
