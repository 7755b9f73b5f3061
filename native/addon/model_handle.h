// The JS object of a loaded model; see NativeModel in src/engine/native/addon-types.ts.
#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "../engine/engine.h"
#include "js_queue.h"
#include "pending.h"

namespace evosift {

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

  std::shared_ptr<Pending> begin(Napi::Env env);

  std::shared_ptr<Engine> engine_;
  std::shared_ptr<JsQueue> queue_;
};

}  // namespace evosift
