// Memory on a cache line's boundary.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

namespace evosift {

class AlignedMemory {
 public:
  explicit AlignedMemory(size_t bytes = 0)
      : size_(bytes), data_(bytes ? std::aligned_alloc(64, (bytes + 63) / 64 * 64) : nullptr) {
    if (bytes && !data_) throw std::bad_alloc();
  }
  AlignedMemory(AlignedMemory&& o) noexcept
      : size_(std::exchange(o.size_, 0)), data_(std::exchange(o.data_, nullptr)) {}
  AlignedMemory& operator=(AlignedMemory&& o) noexcept {
    std::swap(size_, o.size_);
    std::swap(data_, o.data_);
    return *this;
  }
  ~AlignedMemory() { std::free(data_); }
  void* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  size_t size_;
  void* data_;
};

}  // namespace evosift
