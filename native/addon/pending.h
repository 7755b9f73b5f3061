// A promise whose end comes from another thread. Until then the event loop stays alive, and so does the object that it is of.
#pragma once

#include <napi.h>

#include <memory>
#include <utility>

#include "js_queue.h"

namespace evosift {

struct Pending {
  Napi::Promise::Deferred deferred;
  std::shared_ptr<JsQueue> queue;
  Napi::ObjectReference owner;

  Pending(Napi::Env env, std::shared_ptr<JsQueue> q, const Napi::Object& o)
      : deferred(env), queue(std::move(q)), owner(Napi::Persistent(o)) {
    // Where the environment ends first, nobody is left on the JS thread to let the object go: it goes with the environment.
    owner.SuppressDestruct();
    queue->hold();
  }

  // JS thread.
  void resolve(const Napi::Value& value) {
    deferred.Resolve(value);
    end();
  }
  void reject(const Napi::Error& error) {
    deferred.Reject(error.Value());
    end();
  }

 private:
  void end() {
    queue->release();
    owner.Reset();
  }
};

}  // namespace evosift
