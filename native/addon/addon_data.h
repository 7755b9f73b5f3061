// Per environment: the engine's threads, which all models and vectors of the environment share.
#pragma once

#include <napi.h>

#include "../engine/threads.h"

namespace evosift {

class AddonData {
 public:
  explicit AddonData(Napi::Env env) {
    env.AddCleanupHook([](Threads* threads) { threads->stop(); }, &threads_);
  }

  Threads& threads() { return threads_; }
  Napi::FunctionReference model_constructor, vectors_constructor;

 private:
  Threads threads_;
};

}  // namespace evosift
