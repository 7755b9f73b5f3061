#include "architecture.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "../base/error.h"
#include "../base/quote.h"
#include "config_head.h"
#include "config_reader.h"
#include "config_rope.h"
#include "config_table.h"

namespace evosift {

namespace {

using nlohmann::json;

// Far beyond any model, and such that no product of two overflows.
constexpr int64_t kMostVocab = int64_t{1} << 24;
constexpr int64_t kMostWidth = int64_t{1} << 20;
constexpr int64_t kMostIntermediate = int64_t{1} << 22;
constexpr int64_t kMostHeads = int64_t{1} << 12;
constexpr int64_t kMostHeadDim = int64_t{1} << 12;
constexpr int64_t kMostLayers = int64_t{1} << 12;
constexpr int64_t kMostContext = int64_t{1} << 30;
constexpr int64_t kMostMatrixElements = (int64_t{1} << 31) - 1;
constexpr size_t kLongestConfig = 16 << 20;

[[noreturn]] void fail(const std::string& what) { throw Error("bad_config", "config.json: " + what); }

json parse(const std::string& text) {
  if (text.size() > kLongestConfig) fail("is too long to be a model's description");
  json parsed;
  try {
    parsed = json::parse(text);
  } catch (const json::parse_error& error) {
    fail("is not JSON (at byte " + std::to_string(error.byte) + ")");
  } catch (const json::out_of_range&) {
    fail("has a number beyond every range");
  }
  if (!parsed.is_object()) fail("is not a JSON object");
  return parsed;
}

const ArchitectureEntry& entry_of(const ConfigReader& config) {
  if (!config.has("model_type")) config.fail("model_type", "the name of an architecture");
  const std::string model_type = config.text("model_type", "");
  if (const ArchitectureEntry* const entry = find_architecture_entry(model_type)) return *entry;
  std::string supported;
  for (const ArchitectureEntry& entry : architecture_entries())
    supported += (supported.empty() ? "" : ", ") + entry.base.name;
  throw Error("unsupported_architecture",
              "config.json: model_type " + quote(model_type) + " is not supported; these are: " + supported);
}

Activation read_activation(const ConfigReader& config, const char* key, Activation fallback) {
  struct Named {
    const char* name;
    Activation activation;
  };
  static constexpr Named kNamed[] = {
      {"gelu", Activation::gelu_erf},
      {"gelu_python", Activation::gelu_erf},
      {"gelu_new", Activation::gelu_tanh},
      {"gelu_pytorch_tanh", Activation::gelu_tanh},
      {"gelu_fast", Activation::gelu_tanh},
      {"gelu_accurate", Activation::gelu_tanh},
      {"gelu_python_tanh", Activation::gelu_tanh},
      {"silu", Activation::silu},
      {"swish", Activation::silu},
      {"relu", Activation::relu},
  };
  if (!config.has(key)) return fallback;
  const std::string name = config.text(key, "");
  std::string known;
  for (const Named& named : kNamed) {
    if (name == named.name) return named.activation;
    known += (known.empty() ? "" : ", ") + std::string(named.name);
  }
  config.fail(key, "one of " + known);
}

void read_sizes(const ConfigReader& config, const ArchitectureEntry& entry, Architecture* a) {
  a->vocab = config.integer("vocab_size", a->vocab, 1, kMostVocab);
  a->hidden = config.integer(entry.hidden_key, a->hidden, 1, kMostWidth);
  a->heads = config.integer(entry.heads_key, a->heads, 1, kMostHeads);
  a->context = config.integer(entry.context_key, a->context, 1, kMostContext);

  int64_t kv_heads = 0;
  if (entry.kv_heads_key != nullptr && !config.is_null(entry.kv_heads_key))
    kv_heads = config.integer(entry.kv_heads_key, a->kv_heads, 1, kMostHeads);
  a->kv_heads = kv_heads != 0 ? kv_heads : a->heads;
  if (a->heads % a->kv_heads != 0)
    fail(std::to_string(a->heads) + " heads cannot be shared by " + std::to_string(a->kv_heads) +
         " key and value heads: " + entry.heads_key + " must be a multiple of " + entry.kv_heads_key);

  const bool given = entry.head_dim_key != nullptr && config.has(entry.head_dim_key);
  if (given) a->head_dim = config.integer(entry.head_dim_key, 0, 1, kMostHeadDim);
  if (a->head_dim == 0) {
    // Rounded down where the heads' width need not be the hidden size.
    a->head_dim = a->hidden / a->heads;
    if (a->head_dim == 0 || (entry.head_dim_key == nullptr && a->hidden % a->heads != 0))
      fail(std::string(entry.hidden_key) + ", " + std::to_string(a->hidden) + ", cannot be shared by " +
           std::to_string(a->heads) + " heads (" + entry.heads_key + ")");
  }
  if (a->q_width() > kMostWidth) fail("heads of " + std::to_string(a->q_width()) + " values in all are beyond reason");

  const int64_t intermediate = a->intermediate != 0 ? a->intermediate : 4 * a->hidden;
  a->intermediate = config.integer(entry.intermediate_key, intermediate, 1, kMostIntermediate);

  const int64_t rows_in = a->gated ? 2 * a->intermediate : a->intermediate;
  for (const int64_t rows : {a->vocab, a->qkv_width(), rows_in}) {
    if (rows * a->hidden > kMostMatrixElements)
      fail("a matrix of " + std::to_string(rows) + " x " + std::to_string(a->hidden) + " is beyond 2^31 values");
  }
  if (a->positions == PositionKind::learned && a->context * a->hidden > kMostMatrixElements)
    fail("a table of " + std::to_string(a->context) + " positions is beyond 2^31 values");
}

bool read_bias(const ConfigReader& config, const BiasRule& rule) {
  return rule.key == nullptr ? rule.otherwise : config.boolean(rule.key, rule.otherwise);
}

// Which layers have positions: `no_rope_layers`, where 1 means *with* rope, or all but every nth.
std::vector<bool> read_layers_with_rope(const ConfigReader& config, const ArchitectureEntry& entry, size_t count) {
  std::vector<bool> with_rope(count, true);
  if (!entry.layers_without_rope) return with_rope;
  const json* const given = config.find("no_rope_layers");
  const int64_t interval = config.integer("no_rope_layer_interval", 4, 1, kMostLayers);
  const std::string wanted = "a list of 0 (a layer without rope) and 1 (with rope), one for each layer";
  if (given != nullptr && (!given->is_array() || given->size() < count)) config.fail("no_rope_layers", wanted);
  for (size_t i = 0; i < count; ++i) {
    if (given == nullptr) {
      with_rope[i] = (i + 1) % static_cast<size_t>(interval) != 0;
    } else {
      const json& value = (*given)[i];
      if (!value.is_boolean() && !value.is_number_integer()) config.fail("no_rope_layers", wanted);
      with_rope[i] = value.is_boolean() ? value.get<bool>() : value != 0;
    }
  }
  return with_rope;
}

bool is_windowed_by_default(const ArchitectureEntry& entry, size_t layer, bool with_rope, int64_t first_upper,
                            int64_t pattern) {
  switch (entry.windowed) {
    case WindowedLayers::none: return false;
    case WindowedLayers::all: return true;
    case WindowedLayers::upper: return static_cast<int64_t>(layer) >= first_upper;
    case WindowedLayers::all_but_every_nth: return static_cast<int64_t>(layer + 1) % pattern != 0;
    case WindowedLayers::without_rope: return !with_rope;
  }
  return false;
}

// True for the layers of kind sliding_attention.
std::vector<bool> read_windowed_layers(const ConfigReader& config, const ArchitectureEntry& entry,
                                       const std::vector<bool>& with_rope, bool has_window) {
  const size_t count = with_rope.size();
  std::vector<bool> windowed(count);
  const json* const types = entry.reads_layer_types ? config.find("layer_types") : nullptr;
  if (types != nullptr) {
    const std::string wanted =
        "a list of \"full_attention\" and \"sliding_attention\", one for each of " + std::to_string(count) + " layers";
    if (!types->is_array() || types->size() != count) config.fail("layer_types", wanted);
    for (size_t i = 0; i < count; ++i) {
      const json& type = (*types)[i];
      const std::string kind = type.is_string() ? type.get<std::string>() : std::string();
      windowed[i] = kind == "sliding_attention";
      if (!windowed[i] && kind != "full_attention") config.fail("layer_types", wanted);
    }
    return windowed;
  }
  int64_t first_upper = 0, pattern = entry.window_pattern;
  if (entry.windowed == WindowedLayers::upper) first_upper = config.integer("max_window_layers", 28, 0, kMostContext);
  if (entry.window_pattern_key != nullptr) pattern = config.integer(entry.window_pattern_key, pattern, 1, kMostLayers);
  // gemma's layers are sliding whether or not there is a window; then it is an error that there is none.
  const bool possible = has_window || entry.windowed == WindowedLayers::all_but_every_nth;
  for (size_t i = 0; i < count; ++i)
    windowed[i] = possible && is_windowed_by_default(entry, i, with_rope[i], first_upper, pattern);
  return windowed;
}

int64_t read_window(const ConfigReader& config, const ArchitectureEntry& entry, bool* switched_off) {
  *switched_off = entry.window_switch_key != nullptr && !config.boolean(entry.window_switch_key, false);
  if (entry.windowed == WindowedLayers::none || *switched_off || config.is_null("sliding_window")) return 0;
  return config.integer("sliding_window", entry.window, 1, kMostContext);
}

float read_attention_scale(const ConfigReader& config, const ArchitectureEntry& entry, const Architecture& a,
                           size_t layer) {
  double base = static_cast<double>(a.head_dim);
  if (entry.attention_scale_base != 0)
    base = config.number("query_pre_attn_scalar", entry.attention_scale_base, 1e-3, 1e9);
  double scale = 1 / std::sqrt(base);
  if (entry.reads_gpt2_attention_scale) {
    if (!config.boolean("scale_attn_weights", true)) scale = 1;
    if (config.boolean("scale_attn_by_inverse_layer_idx", false)) scale /= static_cast<double>(layer + 1);
  }
  return static_cast<float>(scale);
}

void read_layers(const ConfigReader& config, const ArchitectureEntry& entry, Architecture* a) {
  const auto count = static_cast<size_t>(config.integer(entry.layers_key, entry.default_layers, 1, kMostLayers));
  bool switched_off = false;
  const int64_t window = read_window(config, entry, &switched_off);
  const std::vector<bool> with_rope = read_layers_with_rope(config, entry, count);
  const std::vector<bool> windowed = read_windowed_layers(config, entry, with_rope, window != 0);
  a->layers.resize(count);
  for (size_t i = 0; i < count; ++i) {
    Layer& layer = a->layers[i];
    layer.rope = with_rope[i] && !a->ropes.empty() ? 0 : -1;
    if (entry.rope_by_layer_type && windowed[i]) layer.rope = 1;
    if (windowed[i] && window == 0 && !switched_off)
      config.fail("sliding_window", "there: layer " + std::to_string(i) + " is of kind sliding_attention");
    layer.window = windowed[i] && !switched_off ? window : 0;
    layer.attention_scale = read_attention_scale(config, entry, *a, i);
  }
}

// Null switches a soft cap off; absent means the default.
float read_softcap(const ConfigReader& config, const char* key, float fallback) {
  if (config.is_null(key)) return 0;
  return static_cast<float>(config.number(key, fallback, 1e-3, 1e6));
}

}  // namespace

Architecture read_architecture(const std::string& config_json) {
  json parsed = parse(config_json);
  const ConfigReader config(parsed, "");
  const ArchitectureEntry& entry = entry_of(config);
  for (const KeyAlias& alias : entry.aliases)
    if (config.has(alias.name)) parsed[alias.key] = parsed[alias.name];
  for (const char* const key : entry.refused_flags) {
    if (config.boolean(key, false)) config.fail(key, "false: this is another graph");
  }
  if (config.has("quantization_config"))
    fail("the weights are quantized (quantization_config); take the model as it was before that");

  Architecture a = entry.base;
  read_sizes(config, entry, &a);
  a.norm_eps = static_cast<float>(config.number(entry.norm_eps_key, a.norm_eps, 0, 1));
  a.activation = read_activation(config, entry.activation_key, a.activation);
  if (entry.parallel_residual_key != nullptr)
    a.parallel_residual = config.boolean(entry.parallel_residual_key, a.parallel_residual);
  a.qkv_bias = read_bias(config, entry.qkv_bias);
  a.out_bias = read_bias(config, entry.out_bias);
  a.mlp_bias = read_bias(config, entry.mlp_bias);
  read_head(config, &a);
  if (const json* const stored = config.find("torch_dtype")) a.stored_bf16 = *stored == "bfloat16";
  if (entry.reads_attention_softcap)
    a.attention_softcap = read_softcap(config, "attn_logit_softcapping", a.attention_softcap);
  if (entry.reads_final_softcap) a.final_softcap = read_softcap(config, "final_logit_softcapping", a.final_softcap);
  if (entry.scales_embedding) a.embedding_scale = static_cast<float>(std::sqrt(static_cast<double>(a.hidden)));
  if (a.positions == PositionKind::rope) read_ropes(parsed, entry, &a);
  read_layers(config, entry, &a);
  return a;
}

}  // namespace evosift
