// Typed reading of a JSON object's keys, with messages that name the key, its value and what is allowed.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace evosift {

class ConfigReader {
 public:
  // `path` stands before key names in messages: "" at the top, "rope_scaling." inside.
  ConfigReader(const nlohmann::json& object, std::string path) : object_(object), path_(std::move(path)) {}

  // The value of a key; null where it is absent or JSON's null.
  const nlohmann::json* find(const char* key) const;
  bool has(const char* key) const { return find(key) != nullptr; }
  // Is it there, and JSON's null? (For keys where null has a meaning of its own.)
  bool is_null(const char* key) const;

  // Each gives `fallback` where the key is absent or null, and throws Error bad_config where the value does not fit.
  int64_t integer(const char* key, int64_t fallback, int64_t least, int64_t most) const;
  double number(const char* key, double fallback, double least, double most) const;
  bool boolean(const char* key, bool fallback) const;
  std::string text(const char* key, const std::string& fallback) const;
  // The object of a key; null where it is absent, null or empty.
  const nlohmann::json* object(const char* key) const;

  [[noreturn]] void fail(const char* key, const std::string& wanted) const;

 private:
  const nlohmann::json& object_;
  std::string path_;
};

}  // namespace evosift
