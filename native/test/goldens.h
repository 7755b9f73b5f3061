// Models with the losses that transformers gives for them: directories with config.json, model.safetensors and
// goldens.jsonl.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.h"

namespace evosift::test {

struct Golden {
  std::vector<int32_t> ids;  // two at least
  std::vector<double> nll;
};

inline std::vector<Golden> read_goldens(const std::string& directory) {
  std::ifstream in(directory + "/goldens.jsonl");
  std::vector<Golden> goldens;
  for (std::string line; std::getline(in, line);) {
    const auto row = nlohmann::json::parse(line);
    goldens.push_back({row["ids"].get<std::vector<int32_t>>(), row["nll"].get<std::vector<double>>()});
  }
  if (goldens.empty()) throw std::runtime_error(directory + " has no goldens");
  return goldens;
}

// 0, 1, ...: all of `n` goldens.
inline std::vector<size_t> in_order(size_t n) {
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), size_t{0});
  return order;
}

// The model directories in the one that the argument --NAME names.
inline std::vector<std::string> models(const std::string& name) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(argument(name)))
    if (std::filesystem::exists(entry.path() / "goldens.jsonl")) found.push_back(entry.path().string());
  std::sort(found.begin(), found.end());
  if (found.empty()) throw std::runtime_error("no models in " + argument(name));
  return found;
}

}  // namespace evosift::test
