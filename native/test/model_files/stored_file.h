// safetensors files made for a test, sound or not.
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace evosift::test {

// Length, header and data end to end.
inline std::string file_bytes(const std::string& header, const std::string& data) {
  const uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(&bytes[0], &length, 8);  // x86 is little endian, as the format
  return bytes + header + data;
}

inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// Collects tensors into a file.
class StoredFile {
 public:
  StoredFile& add(const std::string& name, const std::vector<int64_t>& shape, const std::string& dtype,
                  const std::string& bytes) {
    std::ostringstream entry;
    entry << '"' << name << "\":{\"dtype\":\"" << dtype << "\",\"shape\":[";
    for (size_t i = 0; i < shape.size(); ++i) entry << (i == 0 ? "" : ",") << shape[i];
    entry << "],\"data_offsets\":[" << data_.size() << ',' << data_.size() + bytes.size() << "]}";
    header_ += (header_.empty() ? "" : ",") + entry.str();
    data_ += bytes;
    return *this;
  }

  StoredFile& add(const std::string& name, const std::vector<int64_t>& shape, const std::vector<float>& values) {
    std::string bytes(values.size() * sizeof(float), '\0');
    if (!values.empty()) std::memcpy(&bytes[0], values.data(), bytes.size());
    return add(name, shape, "F32", bytes);
  }

  // `spaces` after the header move the data to any alignment.
  std::string bytes(size_t spaces = 0) const {
    return file_bytes("{" + header_ + "}" + std::string(spaces, ' '), data_);
  }

 private:
  std::string header_, data_;
};

}  // namespace evosift::test
