#include "model_handle.h"

#include <algorithm>
#include <utility>

#include "addon_data.h"
#include "js_error.h"

namespace evosift {

namespace {

constexpr uint32_t kWantStats = 1, kWantPooled = 2;

std::vector<int32_t> copy_of(const Napi::Value& value) {
  const auto array = value.As<Napi::Int32Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

Napi::Value to_js(Napi::Env env, const std::vector<float>& values, bool wanted) {
  if (!wanted) return env.Null();
  auto array = Napi::Float32Array::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

}  // namespace

std::shared_ptr<Pending> ModelHandle::begin(Napi::Env env) { return std::make_shared<Pending>(env, queue_, Value()); }

Napi::Function ModelHandle::define(Napi::Env env) {
  return DefineClass(
      env, "NativeModel",
      {InstanceAccessor<&ModelHandle::info>("info", napi_enumerable), InstanceMethod<&ModelHandle::run>("run"),
       InstanceMethod<&ModelHandle::cancel>("cancel"), InstanceMethod<&ModelHandle::close>("close"),
       InstanceMethod<&ModelHandle::busy_seconds>("busySeconds")});
}

ModelHandle::ModelHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<ModelHandle>(info), queue_(std::make_shared<JsQueue>(info.Env())) {}

ModelHandle::~ModelHandle() {
  if (engine_) engine_->close([] {});
}

Napi::Value ModelHandle::load(Napi::Env env, ModelSource source, const EngineOptions& options) {
  auto* data = env.GetInstanceData<AddonData>();
  const Napi::Object object = data->model_constructor.New({});
  ModelHandle* self = Unwrap(object);
  const auto pending = self->begin(env);
  try {
    self->engine_ = std::make_shared<Engine>(data->threads(), options);
  } catch (...) {
    pending->reject(to_js_error(env, std::current_exception()));
    return pending->deferred.Promise();
  }
  self->engine_->load(std::move(source), [pending](std::exception_ptr error) {
    pending->queue->post([pending, error](Napi::Env js) {
      if (error)
        pending->reject(to_js_error(js, error));
      else
        pending->resolve(pending->owner.Value());
    });
  });
  return pending->deferred.Promise();
}

Napi::Value ModelHandle::info(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  const EngineInfo& i = engine_->info();
  Napi::Object o = Napi::Object::New(env);
  const auto number = [&](const char* key, double value) { o.Set(key, Napi::Number::New(env, value)); };
  o.Set("device", i.on_cuda ? "cuda" : "cpu");
  o.Set("dtype", i.dtype == Dtype::bf16 ? "bf16" : "f32");
  o.Set("implementation", i.implementation);
  o.Set("architecture", i.architecture);
  number("threads", i.threads);
  number("slabTokens", static_cast<double>(i.slab_tokens));
  if (i.on_cuda) number("stepTokens", static_cast<double>(i.step_tokens));
  number("vocabSize", static_cast<double>(i.vocab));
  number("contextLength", static_cast<double>(i.context));
  number("hiddenSize", static_cast<double>(i.hidden));
  number("parameters", static_cast<double>(i.parameters));
  number("weightBytes", static_cast<double>(i.weight_bytes));
  number("flopsPerToken", i.flops_per_token);
  number("flopsPerTarget", i.flops_per_target);
  Napi::Array matmuls = Napi::Array::New(env);
  for (const MatmulUse& m : i.matmuls) {
    Napi::Object use = Napi::Object::New(env);
    use.Set("name", m.name);
    use.Set("out", static_cast<double>(m.out));
    use.Set("in", static_cast<double>(m.in));
    use.Set("count", static_cast<double>(m.count));
    use.Set("perTarget", m.per_target);
    matmuls.Set(matmuls.Length(), use);
  }
  o.Set("matmuls", matmuls);
  return o;
}

Napi::Value ModelHandle::busy_seconds(const Napi::CallbackInfo& call) {
  return Napi::Number::New(call.Env(), engine_->busy_seconds());
}

Napi::Value ModelHandle::run(const Napi::CallbackInfo& call) {
  const auto ticket = static_cast<uint64_t>(call[0].As<Napi::Number>().Int64Value());
  const uint32_t flags = call[4].As<Napi::Number>().Uint32Value();
  Batch batch{copy_of(call[1]), copy_of(call[2]), copy_of(call[3]), (flags & kWantStats) != 0,
              (flags & kWantPooled) != 0};
  const bool stats = batch.stats, pooled = batch.pooled;
  const auto pending = begin(call.Env());
  engine_->run(ticket, std::move(batch), [pending, stats, pooled](std::exception_ptr error, Losses losses) {
    auto shared = std::make_shared<Losses>(std::move(losses));
    pending->queue->post([pending, error, shared, stats, pooled](Napi::Env env) {
      if (error) return pending->reject(to_js_error(env, error));
      Napi::Object result = Napi::Object::New(env);
      result.Set("nll", to_js(env, shared->nll, true));
      result.Set("top1", to_js(env, shared->top1, stats));
      result.Set("entropy", to_js(env, shared->entropy, stats));
      result.Set("pooled", to_js(env, shared->pooled, pooled));
      pending->resolve(result);
    });
  });
  return pending->deferred.Promise();
}

void ModelHandle::cancel(const Napi::CallbackInfo& call) {
  engine_->cancel(static_cast<uint64_t>(call[0].As<Napi::Number>().Int64Value()));
}

Napi::Value ModelHandle::close(const Napi::CallbackInfo& call) {
  const auto pending = begin(call.Env());
  engine_->close([pending] { pending->queue->post([pending](Napi::Env env) { pending->resolve(env.Undefined()); }); });
  return pending->deferred.Promise();
}

}  // namespace evosift
