// Errors that reach the user: a code (the same as EvosiftError's in src/errors.ts) and one or two lines.
#pragma once

#include <stdexcept>
#include <string>

namespace evosift {

class Error : public std::runtime_error {
 public:
  Error(const char* code, const std::string& message) : std::runtime_error(message), code_(code) {}
  const char* code() const { return code_; }

 private:
  const char* code_;
};

}  // namespace evosift
