// How far a long piece of work is.
#pragma once

#include <functional>

namespace evosift {

// Told the share that is done, in [0, 1], from any thread.
using Progress = std::function<void(double)>;

}  // namespace evosift
