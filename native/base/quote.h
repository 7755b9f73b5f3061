// Text from a file as it may stand in a message.
#pragma once

#include <string>

namespace evosift {

// In double quotes, control characters as \xNN, cut after 80 characters.
std::string quote(const std::string& text);

}  // namespace evosift
