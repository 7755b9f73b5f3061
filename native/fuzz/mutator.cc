#include "mutator.h"

#include <algorithm>

namespace evosift::fuzz {

namespace {

constexpr size_t kLongest = 1 << 20;
constexpr const char* kDigits = "0123456789";
constexpr const char* kNumberCharacters = "0123456789.eE+-";

// Where parsers and arithmetic break.
constexpr const char* kNumbers[] = {
    "0",
    "1",
    "-1",
    "2",
    "3",
    "7",
    "8",
    "13",
    "0.5",
    "-0.0",
    "1.5",
    "1e-320",
    "1e308",
    "-1e308",
    "1e9999",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "1073741824",
    "9007199254740993",
    "1048576",
    "16777216",
    "65536",
    "4096",
    "4095",
    "4097",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "2305843009213693952",
    "4611686018427387904",
    "100000000000000000000000",
    "null",
    "true",
    "false",
    "[]",
    "{}",
    "\"\"",
    "[1,1,1]",
    "{\"a\":{\"b\":[[[]]]}}",
};

}  // namespace

std::string Mutator::mutate(std::string text, const std::string& other) {
  do {
    mutate_once(&text, other);
  } while (one_in(2));
  return text;
}

// A random occurrence of one of `characters`; the text's size where none is found soon.
size_t Mutator::place_of(const std::string& text, const char* characters) {
  if (text.empty()) return 0;
  const size_t from = below(text.size());
  const size_t found = text.find_first_of(characters, from);
  return found == std::string::npos ? text.size() : found;
}

// By one that breaks arithmetic, a random one, or one that stands elsewhere in the text.
void Mutator::replace_number(std::string* text) {
  const auto number_at = [&](size_t begin) {
    return text->substr(begin, text->find_first_not_of(kNumberCharacters, begin) - begin);
  };
  const size_t begin = place_of(*text, kDigits);
  if (begin == text->size()) return;
  const size_t choices = std::end(kNumbers) - std::begin(kNumbers);
  std::string replacement = kNumbers[below(choices)];
  if (one_in(4)) replacement = std::to_string(random_() >> below(64));
  if (one_in(3)) {
    const size_t elsewhere = place_of(*text, kDigits);
    if (elsewhere < text->size()) replacement = number_at(elsewhere);
  }
  text->replace(begin, number_at(begin).size(), replacement);
}

void Mutator::replace_string(std::string* text) {
  const size_t begin = place_of(*text, "\"");
  if (begin == text->size() || words_.empty()) return;
  const size_t end = text->find('"', begin + 1);
  if (end == std::string::npos) return;
  text->replace(begin + 1, end - begin - 1, words_[below(words_.size())]);
}

void Mutator::mutate_once(std::string* text, const std::string& other) {
  if (text->empty() || text->size() > kLongest) {
    *text = other;
    return;
  }
  const size_t at = below(text->size());
  const size_t length = std::min(text->size() - at, one_in(4) ? below(text->size()) : 1 + below(8));
  switch (below(11)) {
    case 0: (*text)[at] = static_cast<char>((*text)[at] ^ (1 << below(8))); return;
    case 1: (*text)[at] = static_cast<char>(below(256)); return;
    case 2: text->erase(at, length); return;
    case 3: text->insert(at, text->substr(below(text->size()), length)); return;
    case 4: {
      if (other.empty()) return;
      text->insert(at, other.substr(below(other.size()), length));
      return;
    }
    case 5: text->resize(at); return;
    case 6: text->insert(at, 1, "{}[]\",:\\\0 "[below(10)]); return;
    case 7: replace_string(text); return;
    default: replace_number(text); return;
  }
}

}  // namespace evosift::fuzz
