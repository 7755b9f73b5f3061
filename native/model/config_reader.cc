#include "config_reader.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "../base/error.h"
#include "../base/quote.h"

namespace evosift {

namespace {

using nlohmann::json;

std::string describe(const json* value) {
  if (value == nullptr) return "absent or null";
  if (value->is_array()) return "a list";
  if (value->is_object()) return "an object";
  if (value->is_string()) return quote(value->get_ref<const std::string&>());
  return value->dump();
}

std::string plain(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

}  // namespace

const json* ConfigReader::find(const char* key) const {
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

bool ConfigReader::is_null(const char* key) const {
  const auto found = object_.find(key);
  return found != object_.end() && found->is_null();
}

void ConfigReader::fail(const char* key, const std::string& wanted) const {
  throw Error("bad_config", "config.json: " + path_ + key + " is " + describe(find(key)) + ", but must be " + wanted);
}

int64_t ConfigReader::integer(const char* key, int64_t fallback, int64_t least, int64_t most) const {
  const json* const value = find(key);
  if (value == nullptr) return fallback;
  const std::string wanted = "an integer from " + std::to_string(least) + " to " + std::to_string(most);
  if (!value->is_number_integer()) fail(key, wanted);
  if (value->is_number_unsigned() && value->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) fail(key, wanted);
  const int64_t integer = value->get<int64_t>();
  if (integer < least || integer > most) fail(key, wanted);
  return integer;
}

double ConfigReader::number(const char* key, double fallback, double least, double most) const {
  const json* const value = find(key);
  if (value == nullptr) return fallback;
  const std::string wanted = "a number from " + plain(least) + " to " + plain(most);
  if (!value->is_number()) fail(key, wanted);
  const double number = value->get<double>();
  if (!(number >= least && number <= most)) fail(key, wanted);
  return number;
}

bool ConfigReader::boolean(const char* key, bool fallback) const {
  const json* const value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) fail(key, "true or false");
  return value->get<bool>();
}

std::string ConfigReader::text(const char* key, const std::string& fallback) const {
  const json* const value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_string()) fail(key, "text");
  return value->get<std::string>();
}

const json* ConfigReader::object(const char* key) const {
  const json* const value = find(key);
  if (value == nullptr) return nullptr;
  if (!value->is_object()) fail(key, "an object");
  return value->empty() ? nullptr : value;
}

}  // namespace evosift
