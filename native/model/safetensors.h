// Memory-mapped safetensors, in one file or in shards (model.safetensors.index.json).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace evosift {

enum class StoredType { f32, f16, bf16, unread };

// A tensor in a mapped file: row major, possibly unaligned. One of a dtype that is not read (a buffer of booleans, say)
// is listed with type `unread`.
struct TensorView {
  StoredType type = StoredType::f32;
  std::string dtype;  // as the file names it
  std::vector<int64_t> shape;
  const uint8_t* data = nullptr;

  int64_t elements() const;
  // Converts `count` elements from element `first` to f32. Throws Error bad_weights where the type is `unread`.
  void read(int64_t first, int64_t count, float* out) const;
};

class MappedFile;

class TensorStore {
 public:
  // Opens DIRECTORY/model.safetensors, or the shards that model.safetensors.index.json names (inside the directory).
  // Throws Error bad_weights (truncated file, header beyond the file, offsets that overlap or do not match the shape,
  // unsupported dtype of a tensor that is asked for...), model_not_found, pickle_refused.
  static TensorStore open(const std::string& directory);
  // Parses one file's bytes without a file behind them (fuzzing, tests). The bytes must outlive the store.
  static TensorStore parse(const uint8_t* bytes, size_t size, const std::string& name);

  const TensorView* find(const std::string& name) const;  // null where absent
  const std::map<std::string, TensorView>& tensors() const { return tensors_; }

  // Tells the kernel that the mapped pages are no longer needed (they can be read again).
  void drop_pages() const;

 private:
  void add_file(const std::string& path);
  void add(const uint8_t* bytes, size_t size, const std::string& name);

  std::vector<std::shared_ptr<MappedFile>> files_;
  std::map<std::string, TensorView> tensors_;
};

}  // namespace evosift
