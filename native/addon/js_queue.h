// Work for the JS thread, from any thread.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>

namespace evosift {

// One thread-safe function. It keeps the event loop alive only while something is held; what is posted after the
// environment has begun to end is dropped.
class JsQueue {
 public:
  using Work = std::function<void(Napi::Env)>;

  explicit JsQueue(Napi::Env env);  // JS thread
  ~JsQueue();
  JsQueue(const JsQueue&) = delete;
  JsQueue& operator=(const JsQueue&) = delete;

  void post(Work work) const;  // any thread

  void hold();     // JS thread: one more thing in flight
  void release();  // JS thread: one thing less

 private:
  struct State;
  std::shared_ptr<State> state_;
  int held_ = 0;
};

}  // namespace evosift
