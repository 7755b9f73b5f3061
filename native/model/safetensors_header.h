// The header of a safetensors file: 8 bytes of length (little endian), then that many bytes of JSON that name each
// tensor's dtype, shape and place in the bytes that follow. https://github.com/huggingface/safetensors#format
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace evosift {

struct HeaderEntry {
  std::string name;
  std::string dtype;  // as in the file: "F32", "BF16", "I64"...
  std::vector<int64_t> shape;
  size_t begin = 0;  // in the file
};

// Every entry's bytes lie inside the file, match its shape and dtype (where the dtype is known) and belong to no other
// entry; bytes that belong to none are tolerated. Throws Error bad_weights that names `file` and the tensor.
std::vector<HeaderEntry> read_safetensors_header(const uint8_t* bytes, size_t size, const std::string& file);

}  // namespace evosift
