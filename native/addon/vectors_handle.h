// The JS object of a set of vectors; see NativeVectors in src/engine/native/addon-types.ts.
#pragma once

#include <napi.h>

#include <memory>

#include "../engine/neighbors/vectors.h"
#include "js_queue.h"

namespace evosift {

class VectorsHandle : public Napi::ObjectWrap<VectorsHandle> {
 public:
  static Napi::Function define(Napi::Env env);
  // vectors(values, dimension, cosine, threads)
  static Napi::Value make(const Napi::CallbackInfo& info);

  explicit VectorsHandle(const Napi::CallbackInfo& info);

 private:
  Napi::Value nearest(const Napi::CallbackInfo& info);
  Napi::Value near_duplicates(const Napi::CallbackInfo& info);
  Napi::Value farthest_points(const Napi::CallbackInfo& info);
  Napi::Value facility_location(const Napi::CallbackInfo& info);
  Napi::Value cluster(const Napi::CallbackInfo& info);
  Napi::Value progress(const Napi::CallbackInfo& info);
  void cancel(const Napi::CallbackInfo& info);

  // Starts work whose result `to_js` makes a JS value of.
  template <typename Result, typename Start, typename ToJs>
  Napi::Value promise(Napi::Env env, const Start& start, const ToJs& to_js);

  std::shared_ptr<Vectors> vectors_;
  std::shared_ptr<JsQueue> queue_;
};

}  // namespace evosift
