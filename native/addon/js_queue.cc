#include "js_queue.h"

#include <mutex>

namespace evosift {

// Shared with the thread-safe function's finalizer: `function` is null once it must not be called any more.
struct JsQueue::State {
  std::mutex mutex;
  napi_threadsafe_function function = nullptr;
};

namespace {

void call_work(napi_env env, napi_value, void*, void* data) {
  const std::unique_ptr<JsQueue::Work> work(static_cast<JsQueue::Work*>(data));
  if (!env) return;  // the environment is ending
  const Napi::HandleScope scope(env);
  try {
    (*work)(Napi::Env(env));
  } catch (const Napi::Error&) {
    // Nothing that is posted calls user code: only an environment that ends in this moment can refuse to settle a promise.
  }
}

}  // namespace

JsQueue::JsQueue(Napi::Env env) : state_(std::make_shared<State>()) {
  auto* finalizer_state = new std::shared_ptr<State>(state_);
  const auto finalize = [](napi_env, void* data, void*) {
    const std::unique_ptr<std::shared_ptr<State>> state(static_cast<std::shared_ptr<State>*>(data));
    const std::lock_guard<std::mutex> lock((*state)->mutex);
    (*state)->function = nullptr;
  };
  const napi_status status =
      napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, "evosift"), 0, 1, finalizer_state,
                                      finalize, nullptr, call_work, &state_->function);
  if (status != napi_ok) {
    delete finalizer_state;
    throw Napi::Error::New(env);
  }
  napi_unref_threadsafe_function(env, state_->function);
}

JsQueue::~JsQueue() {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  if (state_->function) napi_release_threadsafe_function(state_->function, napi_tsfn_release);
  state_->function = nullptr;
}

void JsQueue::post(Work work) const {
  auto heap = std::make_unique<Work>(std::move(work));
  const std::lock_guard<std::mutex> lock(state_->mutex);
  if (!state_->function) return;
  if (napi_call_threadsafe_function(state_->function, heap.get(), napi_tsfn_nonblocking) == napi_ok)
    heap.release();  // call_work owns it
  else
    state_->function = nullptr;  // closing: the call has given up our place, the function is not ours to touch
}

void JsQueue::hold() {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  if (held_++ == 0 && state_->function) napi_ref_threadsafe_function(nullptr, state_->function);
}

void JsQueue::release() {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  if (--held_ == 0 && state_->function) napi_unref_threadsafe_function(nullptr, state_->function);
}

}  // namespace evosift
