#include "fiber.h"

#include <cstdint>
#include <cstring>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#else
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes)
#define __sanitizer_start_switch_fiber(fake, stack, bytes) static_cast<void>(fake)
#define __sanitizer_finish_switch_fiber(fake, stack, bytes) static_cast<void>(fake)
#endif

// Pushes what a callee must preserve, leaves the stack pointer in *from, and goes on where another call left `to`.
extern "C" void evosift_switch_stack(void** from, void* to);
asm(R"(
.text
.type evosift_switch_stack, @function
evosift_switch_stack:
  pushq %rbp; pushq %rbx; pushq %r12; pushq %r13; pushq %r14; pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15; popq %r14; popq %r13; popq %r12; popq %rbx; popq %rbp
  ret
.size evosift_switch_stack, .-evosift_switch_stack
)");

namespace evosift::cuda::twin {

namespace {

constexpr size_t kStackBytes = 64 * 1024;
thread_local Fiber* entering = nullptr;

}  // namespace

Fiber::Fiber() : stack_(new unsigned char[kStackBytes]) {}

void Fiber::start(void (*body)(void*), void* argument) {
  body_ = body;
  argument_ = argument;
  ended_ = false;
  // A fiber that was left in the middle of its work left marks on its stack.
  ASAN_UNPOISON_MEMORY_REGION(stack_.get(), kStackBytes);
  // As evosift_switch_stack leaves it: six registers, where to return to, and what aligns the stack as after a call.
  auto top = reinterpret_cast<uintptr_t>(stack_.get() + kStackBytes) & ~uintptr_t{15};
  void** frame = reinterpret_cast<void**>(top) - 8;
  std::memset(frame, 0, 8 * sizeof(void*));
  frame[6] = reinterpret_cast<void*>(&Fiber::enter);
  here_ = frame;
}

void Fiber::resume() {
  entering = this;
  void* fake = nullptr;
  __sanitizer_start_switch_fiber(&fake, stack_.get(), kStackBytes);
  evosift_switch_stack(&there_, here_);
  __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
}

void Fiber::enter() {
  Fiber* self = entering;
  void* const none = nullptr;
  __sanitizer_finish_switch_fiber(none, &self->callers_stack_, &self->callers_size_);
  self->body_(self->argument_);
  self->ended_ = true;
  self->leave(true);
}

void Fiber::pause() { leave(false); }

void Fiber::leave(bool for_ever) {
  void* fake = nullptr;
  __sanitizer_start_switch_fiber(for_ever ? nullptr : &fake, callers_stack_, callers_size_);
  evosift_switch_stack(&here_, there_);
  __sanitizer_finish_switch_fiber(fake, &callers_stack_, &callers_size_);
}

}  // namespace evosift::cuda::twin
