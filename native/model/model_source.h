// Where a model comes from.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "architecture.h"
#include "weights.h"

namespace evosift {

// Reads a model, or makes it, when it is called. Throws what read_architecture, TensorStore::open and map_weights do.
using ModelSource = std::function<std::pair<Architecture, ModelWeights>()>;

// A directory with a config.json and safetensors. Throws Error model_not_found where it has no config.json.
ModelSource model_from_directory(const std::string& directory);
// A config.json's text, with random weights.
ModelSource model_from_shape(const std::string& config_json, uint64_t seed);

}  // namespace evosift
