// Operands of the kernels that are measured: reproducible noise of unit variance, held in the kernels' types.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "../base/bf16.h"
#include "../base/dtype.h"

namespace evosift {

// Value `index` of stream `seed`: uniform, mean 0, variance 1 (splitmix64, Steele et al. 2014).
inline float noise(uint64_t seed, int64_t index) {
  uint64_t z = (seed << 40) + static_cast<uint64_t>(index) * 0x9e3779b97f4a7c15u + 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return (static_cast<float>(z >> 40) * 0x1p-23f - 1.0f) * 1.7320508f;
}

// `x` as a kernel of this type sees it.
inline float rounded(float x, Dtype type) { return type == Dtype::bf16 ? to_f32(to_bf16(x)) : x; }

// `count` values of a type, zeroed, 64-byte aligned.
class Values {
 public:
  Values(int64_t count, Dtype type)
      : type_(type), count_(count), data_(std::aligned_alloc(64, static_cast<size_t>(room(count, type)))) {
    if (!data_) throw std::bad_alloc();
    std::memset(data_.get(), 0, static_cast<size_t>(room(count, type)));
  }

  static Values of_noise(int64_t count, Dtype type, uint64_t seed) {
    Values values(count, type);
    for (int64_t i = 0; i < count; ++i) values.set(i, noise(seed, i));
    return values;
  }

  void* data() { return data_.get(); }
  const void* data() const { return data_.get(); }
  float* f32() { return static_cast<float*>(data_.get()); }
  void* at(int64_t index) { return static_cast<char*>(data_.get()) + index * bytes_of(type_); }
  int64_t bytes() const { return count_ * bytes_of(type_); }
  int64_t size() const { return count_; }
  Dtype type() const { return type_; }

  double get(int64_t i) const {
    return static_cast<double>(type_ == Dtype::bf16 ? to_f32(static_cast<const bf16*>(data_.get())[i])
                                                    : static_cast<const float*>(data_.get())[i]);
  }
  void set(int64_t i, float x) {
    if (type_ == Dtype::bf16)
      static_cast<bf16*>(data_.get())[i] = to_bf16(x);
    else
      static_cast<float*>(data_.get())[i] = x;
  }

 private:
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };
  static int64_t room(int64_t count, Dtype type) { return round_up(count * bytes_of(type) + 1, 64); }

  Dtype type_;
  int64_t count_;
  std::unique_ptr<void, Free> data_;
};

// Values [first, first + count) in double precision.
inline std::vector<double> row_of(const Values& values, int64_t first, int64_t count) {
  std::vector<double> row(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) row[static_cast<size_t>(i)] = values.get(first + i);
  return row;
}

}  // namespace evosift
