// Small random damage to JSON text and bytes, each a function of its seed alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace evosift::fuzz {

class Mutator {
 public:
  // `words`: strings that are put in place of others (keys, values).
  Mutator(uint64_t seed, const std::vector<std::string>& words) : random_(seed), words_(words) {}

  // A number below `end`, which is not 0.
  size_t below(size_t end) { return static_cast<size_t>(random_() % end); }
  bool one_in(size_t times) { return below(times) == 0; }

  // One mutation or a few; `other` lends pieces.
  std::string mutate(std::string text, const std::string& other);

 private:
  void mutate_once(std::string* text, const std::string& other);
  void replace_number(std::string* text);
  void replace_string(std::string* text);
  size_t place_of(const std::string& text, const char* characters);

  std::mt19937_64 random_;
  const std::vector<std::string>& words_;
};

}  // namespace evosift::fuzz
