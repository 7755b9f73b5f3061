#include "vectors_handle.h"

#include <algorithm>
#include <utility>

#include "addon_data.h"
#include "js_error.h"
#include "pending.h"

namespace evosift {

namespace {

template <typename Array, typename Value>
Array to_typed_array(Napi::Env env, const std::vector<Value>& values) {
  auto array = Array::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

Napi::Value to_indexes(Napi::Env env, const std::vector<int32_t>& indexes) {
  return to_typed_array<Napi::Int32Array>(env, indexes);
}

// Null: none.
std::vector<float> weights_of(const Napi::Value& value) {
  if (value.IsNull()) return {};
  const auto array = value.As<Napi::Float32Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

}  // namespace

Napi::Function VectorsHandle::define(Napi::Env env) {
  return DefineClass(
      env, "NativeVectors",
      {InstanceMethod<&VectorsHandle::nearest>("nearest"),
       InstanceMethod<&VectorsHandle::near_duplicates>("nearDuplicates"),
       InstanceMethod<&VectorsHandle::farthest_points>("farthestPoints"),
       InstanceMethod<&VectorsHandle::facility_location>("facilityLocation"),
       InstanceMethod<&VectorsHandle::cluster>("cluster"), InstanceMethod<&VectorsHandle::progress>("progress"),
       InstanceMethod<&VectorsHandle::cancel>("cancel")});
}

VectorsHandle::VectorsHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<VectorsHandle>(info), queue_(std::make_shared<JsQueue>(info.Env())) {}

Napi::Value VectorsHandle::make(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  auto* data = env.GetInstanceData<AddonData>();
  const auto values = call[0].As<Napi::Float32Array>();
  const VectorOptions options{call[2].As<Napi::Boolean>(), call[3].As<Napi::Number>().Int32Value()};
  try {
    VectorSet set{{values.Data(), values.Data() + values.ElementLength()}, call[1].As<Napi::Number>().Int64Value()};
    const Napi::Object object = data->vectors_constructor.New({});
    Unwrap(object)->vectors_ = std::make_shared<Vectors>(data->threads(), std::move(set), options);
    return object;
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw to_js_error(env, std::current_exception());
  }
}

template <typename Result, typename Start, typename ToJs>
Napi::Value VectorsHandle::promise(Napi::Env env, const Start& start, const ToJs& to_js) {
  const auto pending = std::make_shared<Pending>(env, queue_, Value());
  start([pending, to_js](std::exception_ptr error, Result result) {
    auto shared = std::make_shared<Result>(std::move(result));
    pending->queue->post([pending, to_js, error, shared](Napi::Env js) {
      if (error)
        pending->reject(to_js_error(js, error));
      else
        pending->resolve(to_js(js, *shared));
    });
  });
  return pending->deferred.Promise();
}

Napi::Value VectorsHandle::nearest(const Napi::CallbackInfo& call) {
  std::shared_ptr<Vectors> against;
  if (!call[0].IsNull()) against = Unwrap(call[0].As<Napi::Object>())->vectors_;
  return promise<Vectors::Nearest>(
      call.Env(), [&](auto done) { vectors_->nearest(std::move(against), std::move(done)); },
      [](Napi::Env env, const Vectors::Nearest& found) {
        Napi::Object result = Napi::Object::New(env);
        result.Set("distances", to_typed_array<Napi::Float32Array>(env, found.distances));
        result.Set("indexes", to_typed_array<Napi::Int32Array>(env, found.indexes));
        return result;
      });
}

Napi::Value VectorsHandle::near_duplicates(const Napi::CallbackInfo& call) {
  const double distance = call[0].As<Napi::Number>().DoubleValue();
  return promise<std::vector<int32_t>>(
      call.Env(), [&](auto done) { vectors_->near_duplicates(distance, std::move(done)); }, to_indexes);
}

Napi::Value VectorsHandle::farthest_points(const Napi::CallbackInfo& call) {
  const int64_t count = call[0].As<Napi::Number>().Int64Value();
  return promise<std::vector<int32_t>>(
      call.Env(), [&](auto done) { vectors_->farthest_points(count, weights_of(call[1]), std::move(done)); },
      to_indexes);
}

Napi::Value VectorsHandle::facility_location(const Napi::CallbackInfo& call) {
  const int64_t count = call[0].As<Napi::Number>().Int64Value();
  return promise<std::vector<int32_t>>(
      call.Env(), [&](auto done) { vectors_->facility_location(count, weights_of(call[1]), std::move(done)); },
      to_indexes);
}

Napi::Value VectorsHandle::cluster(const Napi::CallbackInfo& call) {
  const int64_t clusters = call[0].As<Napi::Number>().Int64Value();
  const auto seed = static_cast<uint64_t>(call[1].As<Napi::Number>().Int64Value());
  const int64_t iterations = call[2].As<Napi::Number>().Int64Value();
  return promise<Clusters>(
      call.Env(), [&](auto done) { vectors_->cluster(clusters, seed, iterations, std::move(done)); },
      [](Napi::Env env, const Clusters& found) {
        Napi::Object result = Napi::Object::New(env);
        result.Set("labels", to_indexes(env, found.labels));
        result.Set("centroids", to_typed_array<Napi::Float32Array>(env, found.centroids.values));
        return result;
      });
}

Napi::Value VectorsHandle::progress(const Napi::CallbackInfo& call) {
  return Napi::Number::New(call.Env(), vectors_->progress());
}

void VectorsHandle::cancel(const Napi::CallbackInfo&) { vectors_->cancel(); }

}  // namespace evosift
