#include "safetensors_header.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "../base/error.h"
#include "../base/quote.h"

namespace evosift {

namespace {

using nlohmann::json;

constexpr uint64_t kLongestHeader = 100'000'000;  // the limit of the reference implementation
constexpr size_t kMostDimensions = 8;
constexpr int kDeepest = 3;  // {tensor: {"shape": [...]}}

[[noreturn]] void fail(const std::string& file, const std::string& what) {
  throw Error("bad_weights", file + ": " + what);
}

// Bytes of one element; 0 where the dtype is not known (it is an error only when such a tensor is needed).
size_t element_bytes(const std::string& dtype) {
  static const std::pair<const char*, size_t> kSizes[] = {
      {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"F64", 8}, {"I64", 8},  {"I32", 4},     {"I16", 2},     {"I8", 1},
      {"U64", 8}, {"U32", 4}, {"U16", 2},  {"U8", 1},  {"BOOL", 1}, {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"C64", 8},
  };
  for (const auto& [name, size] : kSizes)
    if (dtype == name) return size;
  return 0;
}

// The tree of the JSON text. A name given twice would otherwise lose its first value without a word.
json parse(const char* text, size_t length, const std::string& file) {
  std::vector<std::set<std::string>> names;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > kDeepest) fail(file, "the header is nested too deeply to be a safetensors header");
    if (event == json::parse_event_t::object_start) {
      names.resize(static_cast<size_t>(depth) + 1);
      names.back().clear();
    } else if (event == json::parse_event_t::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!names.at(static_cast<size_t>(depth) - 1).insert(name).second)
        fail(file, "the header names " + quote(name) + " twice");
    }
    return true;
  };
  try {
    return json::parse(text, text + length, watch);
  } catch (const json::parse_error& error) {
    fail(file, "the header is not JSON (at its byte " + std::to_string(error.byte) + "); is the file damaged?");
  } catch (const json::out_of_range&) {
    fail(file, "the header has a number beyond every range");
  }
}

const json& member(const json& tensor, const char* key, const std::string& where, const std::string& file) {
  const auto found = tensor.find(key);
  if (found == tensor.end()) fail(file, where + " has no " + key);
  return *found;
}

// Not negative, and in the range of int64_t.
uint64_t natural(const json& value, const std::string& where, const std::string& file) {
  if (!value.is_number_unsigned() || value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))
    fail(file, where + " has a number that is negative, too large or not whole");
  return value.get<uint64_t>();
}

struct Extent {
  size_t begin, end, entry;
};

}  // namespace

std::vector<HeaderEntry> read_safetensors_header(const uint8_t* bytes, size_t size, const std::string& file) {
  if (size < 8) fail(file, "is too short (" + std::to_string(size) + " bytes) to be a safetensors file");
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | bytes[i];
  if (length > size - 8)
    fail(file, "the header's length, " + std::to_string(length) + " bytes, is beyond the file's " +
                   std::to_string(size) + "; is the download complete?");
  if (length > kLongestHeader)
    fail(file, "the header's length, " + std::to_string(length) + " bytes, is beyond reason");

  const json header = parse(reinterpret_cast<const char*>(bytes) + 8, static_cast<size_t>(length), file);
  if (!header.is_object()) fail(file, "the header is not a JSON object");

  const size_t data_begin = 8 + static_cast<size_t>(length);
  const size_t data_size = size - data_begin;
  std::vector<HeaderEntry> entries;
  std::vector<Extent> extents;
  for (const auto& [name, tensor] : header.items()) {
    if (name == "__metadata__") continue;
    const std::string where = "tensor " + quote(name);
    if (!tensor.is_object()) fail(file, where + " is not an object");
    HeaderEntry entry;
    entry.name = name;

    const json& dtype = member(tensor, "dtype", where, file);
    if (!dtype.is_string()) fail(file, where + " has a dtype that is not text");
    entry.dtype = dtype.get<std::string>();

    const json& shape = member(tensor, "shape", where, file);
    if (!shape.is_array() || shape.size() > kMostDimensions) fail(file, where + " has no shape of 0 to 8 dimensions");
    uint64_t elements = 1;
    for (const json& dimension : shape) {
      const uint64_t extent = natural(dimension, where, file);
      if (__builtin_mul_overflow(elements, extent, &elements) || elements > static_cast<uint64_t>(INT64_MAX) / 8)
        fail(file, where + " has a shape of too many elements");
      entry.shape.push_back(static_cast<int64_t>(extent));
    }

    const json& offsets = member(tensor, "data_offsets", where, file);
    if (!offsets.is_array() || offsets.size() != 2) fail(file, where + " has no two data_offsets");
    const uint64_t begin = natural(offsets[0], where, file);
    const uint64_t end = natural(offsets[1], where, file);
    if (begin > end) fail(file, where + " ends before it begins");
    if (end > data_size)
      fail(file, where + " ends at byte " + std::to_string(end) + " of the data, beyond its " +
                     std::to_string(data_size) + "; is the download complete?");
    const size_t item = element_bytes(entry.dtype);
    if (item != 0 && end - begin != elements * item)
      fail(file, where + " takes " + std::to_string(end - begin) + " bytes, but its shape and dtype " +
                     quote(entry.dtype) + " need " + std::to_string(elements * item));
    entry.begin = data_begin + static_cast<size_t>(begin);
    if (begin < end) extents.push_back({static_cast<size_t>(begin), static_cast<size_t>(end), entries.size()});
    entries.push_back(std::move(entry));
  }

  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
  for (size_t i = 1; i < extents.size(); ++i) {
    if (extents[i].begin < extents[i - 1].end)
      fail(file, "tensors " + quote(entries[extents[i - 1].entry].name) + " and " +
                     quote(entries[extents[i].entry].name) + " overlap");
  }
  return entries;
}

}  // namespace evosift
