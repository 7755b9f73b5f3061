// The addon's exports; see Addon in src/engine/native/addon-types.ts. Arguments have been checked on the JS side.
#include <napi.h>

#include <algorithm>
#include <string>

#include "../base/cores.h"
#include "../base/error.h"
#include "../base/instruction_set.h"
#include "../device/cuda_library.h"
#include "../kernels/cpu_kernels.h"
#include "../kernels/matmul_onednn.h"
#include "addon_data.h"
#include "js_error.h"
#include "model_handle.h"
#include "vectors_handle.h"

namespace evosift {

namespace {

EngineOptions read_options(const Napi::Value& value) {
  const auto o = value.As<Napi::Object>();
  const std::string dtype = o.Get("dtype").As<Napi::String>();
  EngineOptions options;
  options.auto_dtype = dtype == "auto";
  options.dtype = dtype == "bf16" ? Dtype::bf16 : Dtype::f32;
  options.threads = o.Get("threads").As<Napi::Number>().Int32Value();
  const auto devices = o.Get("devices").As<Napi::Array>();
  for (uint32_t i = 0; i < devices.Length(); ++i)
    options.devices.push_back(devices.Get(i).As<Napi::Number>().Int32Value());
  options.step_tokens = o.Get("stepTokens").As<Napi::Number>().Int64Value();
  return options;
}

Napi::Value load(const Napi::CallbackInfo& call) {
  return ModelHandle::load(call.Env(), model_from_directory(call[0].As<Napi::String>()), read_options(call[1]));
}

Napi::Value load_shape(const Napi::CallbackInfo& call) {
  const auto seed = static_cast<uint64_t>(call[1].As<Napi::Number>().Int64Value());
  return ModelHandle::load(call.Env(), model_from_shape(call[0].As<Napi::String>(), seed), read_options(call[2]));
}

Napi::Value cross_entropy_of(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  auto logits = call[0].As<Napi::Float32Array>();
  const int64_t vocab = call[1].As<Napi::Number>().Int64Value();
  const auto targets = call[2].As<Napi::Int32Array>();
  const bool stats = call[3].As<Napi::Boolean>();
  const auto rows = static_cast<int64_t>(targets.ElementLength());
  std::vector<CrossEntropyState> state(static_cast<size_t>(rows));
  cross_entropy_begin(state.data(), rows);
  try {
    cpu_kernels().cross_entropy({logits.Data(), rows, vocab, vocab, 0, targets.Data(), 0.0f, stats, state.data()});
  } catch (...) {
    throw to_js_error(env, std::current_exception());
  }
  auto nll = Napi::Float32Array::New(env, targets.ElementLength());
  Napi::Object result = Napi::Object::New(env);
  result.Set("nll", nll);
  if (!stats) {
    result.Set("top1", env.Null());
    result.Set("entropy", env.Null());
    cross_entropy_end(state.data(), rows, {nll.Data(), nullptr, nullptr});
    return result;
  }
  auto top1 = Napi::Float32Array::New(env, targets.ElementLength());
  auto entropy = Napi::Float32Array::New(env, targets.ElementLength());
  cross_entropy_end(state.data(), rows, {nll.Data(), top1.Data(), entropy.Data()});
  result.Set("top1", top1);
  result.Set("entropy", entropy);
  return result;
}

Napi::Value cpu(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  InstructionSet isa{};
  try {
    isa = instruction_set();
  } catch (...) {
    throw to_js_error(env, std::current_exception());
  }
  Napi::Array names = Napi::Array::New(env);
  const auto add = [&](bool has, const char* name) {
    if (has) names.Set(names.Length(), name);
  };
  add(isa >= InstructionSet::avx2, "avx2");
  add(isa >= InstructionSet::avx512, "avx512");
  add(isa >= InstructionSet::avx512_bf16, "avx512_bf16");
  add(isa >= InstructionSet::avx512_amx, "amx_bf16");
  Napi::Object o = Napi::Object::New(env);
  o.Set("isa", names);
  o.Set("physicalCores", physical_cores());
  o.Set("usableCores", usable_cores());
  o.Set("onednn", matmul_library_version());
  return o;
}

Napi::Value cuda(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  const CudaReport report = check_cuda();
  Napi::Array checks = Napi::Array::New(env), usable = Napi::Array::New(env);
  for (const CudaCheck& check : report.checks) {
    Napi::Object o = Napi::Object::New(env);
    o.Set("name", check.name);
    o.Set("status", check.status_name());
    o.Set("detail", check.detail);
    o.Set("mend", check.mend.empty() ? env.Null() : Napi::String::New(env, check.mend).As<Napi::Value>());
    checks.Set(checks.Length(), o);
  }
  for (const int device : report.usable) usable.Set(usable.Length(), device);
  Napi::Object o = Napi::Object::New(env);
  o.Set("checks", checks);
  o.Set("usable", usable);
  return o;
}

// Measures on threads of its own; libuv's only waits for them.
class MatmulMeasurement : public Napi::AsyncWorker {
 public:
  MatmulMeasurement(Napi::Env env, const Napi::Object& o)
      : Napi::AsyncWorker(env),
        deferred_(env),
        dtype_(o.Get("dtype").As<Napi::String>().Utf8Value() == "bf16" ? Dtype::bf16 : Dtype::f32),
        rows_(o.Get("rows").As<Napi::Number>().Int64Value()),
        out_(o.Get("out").As<Napi::Number>().Int64Value()),
        in_(o.Get("in").As<Napi::Number>().Int64Value()),
        threads_(o.Get("threads").As<Napi::Number>().Int32Value()),
        parallel_inside_(o.Get("parallelInside").As<Napi::Boolean>()),
        seconds_(o.Get("seconds").As<Napi::Number>().DoubleValue()),
        device_(o.Get("device").As<Napi::Number>().Int32Value()) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    try {
      rate_ = device_ < 0 ? measure_matmul(dtype_, rows_, out_, in_, threads_, parallel_inside_, seconds_)
                          : cuda_library({device_}).measure_matmul(dtype_, rows_, out_, in_, device_);
    } catch (...) {
      failure_ = std::current_exception();
    }
  }
  void OnOK() override {
    if (failure_) return deferred_.Reject(to_js_error(Env(), failure_).Value());
    deferred_.Resolve(Napi::Number::New(Env(), rate_));
  }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred deferred_;
  Dtype dtype_;
  int64_t rows_, out_, in_;
  int threads_;
  bool parallel_inside_;
  double seconds_, rate_ = 0;
  int device_;  // -1: the CPU
  std::exception_ptr failure_;
};

Napi::Value measure(const Napi::CallbackInfo& call) {
  auto* worker = new MatmulMeasurement(call.Env(), call[0].As<Napi::Object>());  // deletes itself when it is done
  const Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  auto* data = new AddonData(env);
  env.SetInstanceData(data);
  data->model_constructor = Napi::Persistent(ModelHandle::define(env));
  data->vectors_constructor = Napi::Persistent(VectorsHandle::define(env));
  exports.Set("load", Napi::Function::New(env, load));
  exports.Set("loadShape", Napi::Function::New(env, load_shape));
  exports.Set("vectors", Napi::Function::New(env, VectorsHandle::make));
  exports.Set("crossEntropy", Napi::Function::New(env, cross_entropy_of));
  exports.Set("cpu", Napi::Function::New(env, cpu));
  exports.Set("cuda", Napi::Function::New(env, cuda));
  exports.Set("measureMatmul", Napi::Function::New(env, measure));
  return exports;
}

}  // namespace

}  // namespace evosift

static Napi::Object evosift_init(Napi::Env env, Napi::Object exports) { return evosift::init(env, exports); }

NODE_API_MODULE(evosift, evosift_init)
