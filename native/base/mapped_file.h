// A file's bytes in memory, read only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace evosift {

// The size is taken once, at opening. A file that another process cuts short while it is mapped raises SIGBUS on the
// pages that are gone; nothing short of copying the file can prevent that.
class MappedFile {
 public:
  // Throws Error bad_weights: what the system says, with the path.
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

  // The pages may leave memory; they are read from the file again when touched.
  void drop_pages() const;

 private:
  const uint8_t* data_ = nullptr;  // null where the file is empty
  size_t size_ = 0;
};

}  // namespace evosift
