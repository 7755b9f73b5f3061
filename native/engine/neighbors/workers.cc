#include "workers.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>

#include "../../base/error.h"

namespace evosift {

namespace {

// A thread that is late finds the loop closed and leaves it alone: whoever began it waits for nobody who has not begun.
class Loop {
 public:
  Loop(const Workers& workers, int64_t count, const std::function<void(int64_t)>& body)
      : workers_(workers), count_(count), body_(body) {}

  void join() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (closed_) return;
      ++active_;
    }
    work();
    const std::lock_guard<std::mutex> lock(mutex_);
    --active_;
    left_.notify_all();
  }

  void close() {
    std::unique_lock<std::mutex> lock(mutex_);
    closed_ = true;
    left_.wait(lock, [this] { return active_ == 0; });
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void work() {
    try {
      for (int64_t i; !failed_ && (i = next_++) < count_;) {
        workers_.check();
        body_(i);
      }
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!failed_.exchange(true)) error_ = std::current_exception();
    }
  }

  const Workers& workers_;
  const int64_t count_;
  const std::function<void(int64_t)>& body_;
  std::atomic<int64_t> next_{0};
  std::atomic<bool> failed_{false};
  std::exception_ptr error_;
  std::mutex mutex_;
  std::condition_variable left_;
  int active_ = 0;
  bool closed_ = false;
};

}  // namespace

void Workers::each(int64_t count, const std::function<void(int64_t)>& body) const {
  const auto loop = std::make_shared<Loop>(*this, count, body);
  const auto helpers = std::min<int64_t>(limit_, count) - 1;
  for (int64_t i = 0; i < helpers; ++i) threads_.post({0, 0, owner_, limit_, [loop](int) { loop->join(); }});
  loop->join();
  loop->close();
}

void Workers::check() const {
  if (stopped()) throw Error("aborted", "the work on the vectors was aborted");
}

}  // namespace evosift
