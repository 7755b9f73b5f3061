#include "model_source.h"

#include <fstream>
#include <memory>
#include <sstream>

#include "../base/error.h"

namespace evosift {

namespace {

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error("model_not_found", "cannot read " + path + ": a model directory needs a config.json");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

ModelSource model_from_directory(const std::string& directory) {
  return [directory] {
    Architecture architecture = read_architecture(read_text(directory + "/config.json"));
    auto store = std::make_shared<const TensorStore>(TensorStore::open(directory));
    ModelWeights weights = map_weights(architecture, store);
    return std::make_pair(std::move(architecture), std::move(weights));
  };
}

ModelSource model_from_shape(const std::string& config_json, uint64_t seed) {
  return [config_json, seed] {
    Architecture architecture = read_architecture(config_json);
    ModelWeights weights = random_weights(architecture, seed);
    return std::make_pair(std::move(architecture), std::move(weights));
  };
}

}  // namespace evosift
