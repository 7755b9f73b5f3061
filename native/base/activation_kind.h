// The functions that a feed-forward's hidden units go through.
#pragma once

namespace evosift {

enum class Activation { gelu_erf, gelu_tanh, silu, relu };

}  // namespace evosift
