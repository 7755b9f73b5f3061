// A fiber: a stack of its own on the thread that resumes it. Known to AddressSanitizer.
#pragma once

#include <cstddef>
#include <memory>

namespace evosift::cuda::twin {

class Fiber {
 public:
  Fiber();

  // Makes it begin with body(argument) when it is next resumed, whatever it was doing. `body` must not throw.
  void start(void (*body)(void*), void* argument);
  // Runs it until it pauses or its body returns.
  void resume();
  // Called on the fiber: back to the one who resumed it.
  void pause();
  bool ended() const { return ended_; }

 private:
  static void enter();
  void leave(bool for_ever);

  std::unique_ptr<unsigned char[]> stack_;
  void* here_ = nullptr;   // where it goes on
  void* there_ = nullptr;  // where the one who resumed it goes on
  const void* callers_stack_ = nullptr;
  size_t callers_size_ = 0;
  void (*body_)(void*) = nullptr;
  void* argument_ = nullptr;
  bool ended_ = true;
};

}  // namespace evosift::cuda::twin
