#include "quote.h"

#include <cstdio>

namespace evosift {

std::string quote(const std::string& text) {
  constexpr int kLimit = 80;
  std::string out = "\"";
  int characters = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool starts_character = (byte & 0xC0) != 0x80;  // UTF-8: a cut falls between characters
    if (starts_character && ++characters > kLimit) {
      out += "...";
      break;
    }
    if (byte < 0x20 || byte == 0x7F) {
      char escaped[5];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
      out += escaped;
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace evosift
