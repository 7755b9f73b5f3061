#include "safetensors.h"

#include <sys/stat.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "../base/error.h"
#include "../base/mapped_file.h"
#include "../base/quote.h"
#include "safetensors_header.h"
#include "stored_floats.h"

namespace evosift {

namespace {

using nlohmann::json;

constexpr size_t kLongestIndex = 64 << 20;

StoredType stored_type(const std::string& dtype) {
  if (dtype == "F32") return StoredType::f32;
  if (dtype == "F16") return StoredType::f16;
  if (dtype == "BF16") return StoredType::bf16;
  return StoredType::unread;
}

bool exists(const std::string& path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0;
}

bool is_directory(const std::string& path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

// A plain file name: an index must not lead out of its directory. (What the name links to is the owner's affair: the
// hub cache links to its blobs.)
bool is_plain_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

// Tensor name -> shard name.
std::map<std::string, std::string> read_index(const std::string& path) {
  const MappedFile file(path);
  const auto fail = [&](const std::string& what) -> Error { return Error("bad_weights", path + ": " + what); };
  if (file.size() > kLongestIndex) throw fail("is too long for an index of shards");
  const char* const text = reinterpret_cast<const char*>(file.data());
  const json index = json::parse(text, text + file.size(), nullptr, false);
  if (!index.is_object()) throw fail("is not a JSON object");
  const auto weight_map = index.find("weight_map");
  if (weight_map == index.end() || !weight_map->is_object()) throw fail("has no weight_map");
  std::map<std::string, std::string> shards;
  for (const auto& [tensor, shard] : weight_map->items()) {
    if (!shard.is_string() || !is_plain_name(shard.get_ref<const std::string&>()))
      throw fail("the shard of " + quote(tensor) + " is not the name of a file beside the index");
    shards.emplace(tensor, shard.get<std::string>());
  }
  if (shards.empty()) throw fail("names no tensors");
  return shards;
}

[[noreturn]] void fail_without_safetensors(const std::string& directory) {
  if (!is_directory(directory)) throw Error("model_not_found", directory + ": no such directory");
  for (const char* const name : {"pytorch_model.bin", "pytorch_model.bin.index.json", "consolidated.00.pth"}) {
    if (exists(directory + "/" + name))
      throw Error("pickle_refused", directory + "/" + name +
                                        ": pickled weights can run any code when they are read, so they are refused.\n"
                                        "Convert them: load the model with transformers, then "
                                        "model.save_pretrained(DIRECTORY, safe_serialization=True)");
  }
  throw Error("model_not_found", directory + ": neither model.safetensors nor model.safetensors.index.json is there");
}

}  // namespace

int64_t TensorView::elements() const {
  int64_t product = 1;
  for (const int64_t extent : shape) product *= extent;
  return product;
}

void TensorView::read(int64_t first, int64_t count, float* out) const {
  switch (type) {
    case StoredType::f32:
      if (count > 0) std::memcpy(out, data + 4 * first, static_cast<size_t>(count) * sizeof(float));
      return;
    case StoredType::f16: f16_to_f32(data + 2 * first, count, out); return;
    case StoredType::bf16: bf16_to_f32(data + 2 * first, count, out); return;
    case StoredType::unread: break;
  }
  throw Error("bad_weights", "a tensor of dtype " + quote(dtype) + " is needed; F32, F16 and BF16 are read");
}

TensorStore TensorStore::open(const std::string& directory) {
  TensorStore store;
  const std::string whole = directory + "/model.safetensors";
  if (exists(whole)) {
    store.add_file(whole);
    return store;
  }
  const std::string index_path = directory + "/model.safetensors.index.json";
  if (!exists(index_path)) fail_without_safetensors(directory);
  const std::map<std::string, std::string> index = read_index(index_path);
  std::set<std::string> shards;
  for (const auto& [tensor, shard] : index) shards.insert(shard);
  for (const std::string& shard : shards) {
    const std::string path = directory + "/" + shard;
    if (!exists(path)) throw Error("bad_weights", path + ": this shard, named by the index, is not there");
    store.add_file(path);
  }
  for (const auto& [tensor, shard] : index) {
    if (store.find(tensor) == nullptr)
      throw Error("bad_weights", index_path + ": tensor " + quote(tensor) + " is not in " + shard);
  }
  return store;
}

TensorStore TensorStore::parse(const uint8_t* bytes, size_t size, const std::string& name) {
  TensorStore store;
  store.add(bytes, size, name);
  return store;
}

void TensorStore::add_file(const std::string& path) {
  files_.push_back(std::make_shared<MappedFile>(path));
  add(files_.back()->data(), files_.back()->size(), path);
}

void TensorStore::add(const uint8_t* bytes, size_t size, const std::string& name) {
  for (HeaderEntry& entry : read_safetensors_header(bytes, size, name)) {
    TensorView view;
    view.type = stored_type(entry.dtype);
    view.dtype = std::move(entry.dtype);
    view.shape = std::move(entry.shape);
    view.data = bytes + entry.begin;
    if (!tensors_.emplace(entry.name, std::move(view)).second)
      throw Error("bad_weights", name + ": tensor " + quote(entry.name) + " is in another shard as well");
  }
}

const TensorView* TensorStore::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

void TensorStore::drop_pages() const {
  for (const auto& file : files_) file->drop_pages();
}

}  // namespace evosift
