#include "config_rope.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "../base/error.h"
#include "../base/quote.h"
#include "config_reader.h"

namespace evosift {

namespace {

using nlohmann::json;

constexpr double kLargestTheta = 1e12;
constexpr double kLeastFactor = 1e-3;
constexpr double kLargestFactor = 1e6;
constexpr int64_t kLongestContext = int64_t{1} << 30;

constexpr const char* kFull = "full_attention";
constexpr const char* kSliding = "sliding_attention";

// theta and partial width have been taken from elsewhere where `parameters` lacks them.
Rope read_rope(const ConfigReader& parameters, double theta, int64_t original_context) {
  Rope rope;
  rope.theta = parameters.number("rope_theta", theta, 1, kLargestTheta);
  const std::string type = parameters.text("rope_type", parameters.text("type", "default"));
  if (type == "default") return rope;
  if (type != "linear" && type != "llama3")
    throw Error("unsupported_architecture",
                "config.json: rope type " + quote(type) + " is not supported (default, linear and llama3 are)");
  if (!parameters.has("factor")) parameters.fail("factor", "there for rope type " + quote(type));
  rope.factor = parameters.number("factor", 1, kLeastFactor, kLargestFactor);
  if (type == "linear") {
    rope.scaling = RopeScaling::linear;
    return rope;
  }
  rope.scaling = RopeScaling::llama3;
  for (const char* const key : {"low_freq_factor", "high_freq_factor"})
    if (!parameters.has(key)) parameters.fail(key, "there for rope type \"llama3\"");
  rope.low_freq_factor = parameters.number("low_freq_factor", 1, kLeastFactor, kLargestFactor);
  rope.high_freq_factor = parameters.number("high_freq_factor", 4, kLeastFactor, kLargestFactor);
  if (rope.high_freq_factor <= rope.low_freq_factor) parameters.fail("high_freq_factor", "above low_freq_factor");
  rope.original_context = original_context;
  return rope;
}

int64_t original_context(const ConfigReader& reader, int64_t fallback) {
  return reader.integer("original_max_position_embeddings", fallback, 1, kLongestContext);
}

// One rope for all layers.
void read_common_rope(const json& config, const ArchitectureEntry& entry, Architecture* architecture) {
  const ConfigReader top(config, "");
  const char* const key = top.object("rope_scaling") != nullptr ? "rope_scaling" : "rope_parameters";
  const json* const found = top.object(key);
  const json none = json::object();
  const json& object = found == nullptr ? none : *found;
  const ConfigReader parameters(object, std::string(key) + ".");
  for (const char* const layer_type : {kFull, kSliding})
    if (parameters.has(layer_type)) top.fail(key, "one set of parameters: no layer types in a " + entry.base.name);

  const double theta = top.number(entry.rope_theta_key, entry.rope_theta, 1, kLargestTheta);
  // A value outside the rope's own object comes first here, as in RotaryEmbeddingConfigMixin.standardize_rope_params.
  const int64_t context = original_context(top, original_context(parameters, architecture->context));
  Rope rope = read_rope(parameters, theta, context);

  double partial = 1;
  if (entry.partial_rotary_key != nullptr) {
    partial = top.number(entry.partial_rotary_key, entry.partial_rotary, 0, 1);
    partial = parameters.number("partial_rotary_factor", partial, 0, 1);
  }
  const auto width = static_cast<int64_t>(static_cast<double>(architecture->head_dim) * partial);
  rope.frequency_dim = width;
  architecture->rotary_dim = width + width % 2;
  if (width > 0) architecture->ropes = {rope};
}

// gemma3: a rope for full layers and one for windowed ones.
void read_ropes_by_layer_type(const json& config, const ArchitectureEntry& entry, Architecture* architecture) {
  constexpr double kLocalTheta = 10000.0;
  const ConfigReader top(config, "");
  const json* const nested = top.object("rope_parameters");
  const json* const scaling = top.object("rope_scaling");
  const json none = json::object();

  const auto parameters_of = [&](const char* layer_type) -> json {
    if (nested == nullptr) return none;
    const json* const found = ConfigReader(*nested, "rope_parameters.").object(layer_type);
    return found == nullptr ? none : *found;
  };
  json full = parameters_of(kFull);
  if (scaling != nullptr) full.update(*scaling);
  const json sliding = parameters_of(kSliding);

  const auto read = [&](const json& object, const char* layer_type, double theta) {
    const ConfigReader parameters(object, std::string("rope_parameters.") + layer_type + ".");
    Rope rope = read_rope(parameters, theta, original_context(parameters, architecture->context));
    rope.frequency_dim = architecture->head_dim;
    return rope;
  };
  architecture->ropes = {
      read(full, kFull, top.number(entry.rope_theta_key, entry.rope_theta, 1, kLargestTheta)),
      read(sliding, kSliding, top.number("rope_local_base_freq", kLocalTheta, 1, kLargestTheta)),
  };
  architecture->rotary_dim = architecture->head_dim;
}

}  // namespace

void read_ropes(const json& config, const ArchitectureEntry& entry, Architecture* architecture) {
  if (entry.rope_by_layer_type)
    read_ropes_by_layer_type(config, entry, architecture);
  else
    read_common_rope(config, entry, architecture);
  if (architecture->rotary_dim > architecture->head_dim || architecture->rotary_dim % 2 != 0)
    throw Error("bad_config", "config.json: head_dim is " + std::to_string(architecture->head_dim) +
                                  ", but rotary positions over whole heads need an even one");
}

std::vector<float> rope_inverse_frequencies(const Rope& rope, int64_t rotary_dim) {
  // In f32, step by step as transformers does it: at position 500 the rounding of an exponent already shows.
  const auto dim = static_cast<float>(rope.frequency_dim > 0 ? rope.frequency_dim : rotary_dim);
  const auto theta = static_cast<float>(rope.theta);
  const auto factor = static_cast<float>(rope.factor);
  std::vector<float> frequencies(static_cast<size_t>(rotary_dim / 2));
  for (size_t i = 0; i < frequencies.size(); ++i) {
    const float exponent = static_cast<float>(2 * i) / dim;
    float frequency = 1.0f / std::pow(theta, exponent);
    if (rope.scaling == RopeScaling::linear) frequency /= factor;
    if (rope.scaling == RopeScaling::llama3) {
      const auto context = static_cast<float>(rope.original_context);
      const auto low = static_cast<float>(rope.low_freq_factor);
      const auto high = static_cast<float>(rope.high_freq_factor);
      const float wavelength = static_cast<float>(2 * M_PI) / frequency;
      if (wavelength > context / low) {
        frequency /= factor;
      } else if (wavelength >= context / high) {
        const float smooth = (context / wavelength - low) / (high - low);
        frequency = (1 - smooth) * frequency / factor + smooth * frequency;
      }
    }
    frequencies[i] = frequency;
  }
  return frequencies;
}

}  // namespace evosift
