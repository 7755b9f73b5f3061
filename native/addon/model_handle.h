// The JS object of a loaded model; see NativeModel in src/engine/native/addon-types.ts.
#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "../engine/engine.h"
#include "js_queue.h"

namespace evosift {

// Per environment: the engine's threads, which all models of the environment share.
class AddonData {
 public:
  explicit AddonData(Napi::Env env);

  Threads& threads() { return threads_; }
  Napi::FunctionReference model_constructor;

 private:
  Threads threads_;
};

class ModelHandle : public Napi::ObjectWrap<ModelHandle> {
 public:
  static Napi::Function define(Napi::Env env);
  // Resolves to a model object once `source` is loaded.
  static Napi::Value load(Napi::Env env, ModelSource source, const EngineOptions& options);

  explicit ModelHandle(const Napi::CallbackInfo& info);
  ~ModelHandle() override;

 private:
  Napi::Value info(const Napi::CallbackInfo& info);
  Napi::Value run(const Napi::CallbackInfo& info);
  void cancel(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);
  Napi::Value busy_seconds(const Napi::CallbackInfo& info);

  // A promise whose end comes from another thread. Until then the event loop stays alive, and so does this object.
  struct Pending;
  std::shared_ptr<Pending> begin(Napi::Env env);

  std::shared_ptr<Engine> engine_;
  std::shared_ptr<JsQueue> queue_;
};

// A JS error with the `code` of an Error, or `engine_failed`.
Napi::Error to_js_error(Napi::Env env, const std::exception_ptr& error);

}  // namespace evosift
