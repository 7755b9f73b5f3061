// What was thrown below, as JS knows it.
#pragma once

#include <napi.h>

#include <exception>

namespace evosift {

// A JS error with the `code` of an Error, or `engine_failed`.
Napi::Error to_js_error(Napi::Env env, const std::exception_ptr& error);

}  // namespace evosift
