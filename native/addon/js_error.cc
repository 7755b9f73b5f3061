#include "js_error.h"

#include "../base/error.h"

namespace evosift {

Napi::Error to_js_error(Napi::Env env, const std::exception_ptr& error) {
  const auto with_code = [env](const char* message, const char* code) {
    Napi::Error e = Napi::Error::New(env, message);
    e.Set("code", Napi::String::New(env, code));
    return e;
  };
  try {
    std::rethrow_exception(error);
  } catch (const Error& e) {
    return with_code(e.what(), e.code());
  } catch (const std::exception& e) {
    return with_code(e.what(), "engine_failed");
  }
}

}  // namespace evosift
