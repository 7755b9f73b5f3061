// Token sequences with the rewards that transformers gives for them: goldens.jsonl of {"ids", "score"}.
#pragma once

#include "goldens.h"

namespace evosift::test {

struct Rewarded {
  std::vector<int32_t> ids;
  double score;
};

inline std::vector<Rewarded> read_rewards(const std::string& directory) {
  std::ifstream in(directory + "/goldens.jsonl");
  std::vector<Rewarded> rows;
  for (std::string line; std::getline(in, line);) {
    const auto row = nlohmann::json::parse(line);
    rows.push_back({row["ids"].get<std::vector<int32_t>>(), row["score"].get<double>()});
  }
  if (rows.empty()) throw std::runtime_error(directory + " has no rewards");
  return rows;
}

}  // namespace evosift::test
