// Configs against what transformers makes of them (test/fixtures/architectures.json), and configs that are refused.
#include <fstream>
#include <nlohmann/json.hpp>

#include "../../model/architecture.h"
#include "../../model/weights.h"
#include "../check.h"

using namespace evosift;
using nlohmann::json;

namespace {

const char* name_of(Activation activation) {
  switch (activation) {
    case Activation::gelu_erf: return "gelu_erf";
    case Activation::gelu_tanh: return "gelu_tanh";
    case Activation::silu: return "silu";
    case Activation::relu: return "relu";
  }
  return "";
}

void compare_layers(const Architecture& a, const json& expected, const std::string& name) {
  CHECK_EQUAL(a.layers.size(), expected["windows"].size(), name);
  if (a.layers.size() != expected["windows"].size()) return;
  for (size_t i = 0; i < a.layers.size(); ++i) {
    const Layer& layer = a.layers[i];
    const std::string where = name + " layer " + std::to_string(i);
    CHECK_EQUAL(layer.window, expected["windows"][i].get<int64_t>(), where);
    CHECK_NEAR(layer.attention_scale, expected["attention_scales"][i].get<double>(), 1e-7, where);
    const json& frequencies = expected["frequencies"][expected["rope_of_layer"][i].get<size_t>()];
    CHECK_EQUAL(layer.rope < 0, frequencies.empty(), where);
    if (layer.rope < 0) continue;
    const auto actual = rope_inverse_frequencies(a.ropes.at(static_cast<size_t>(layer.rope)), a.rotary_dim);
    CHECK_EQUAL(actual.size(), frequencies.size(), where);
    for (size_t k = 0; k < std::min(actual.size(), frequencies.size()); ++k)
      CHECK_NEAR(actual[k], frequencies[k].get<double>(), 3e-7, where + " frequency " + std::to_string(k));
  }
}

// A small llama's config with `changes` laid over it; null values stand.
std::string llama(const json& changes) {
  json config = {{"model_type", "llama"},    {"vocab_size", 401},      {"hidden_size", 60},
                 {"num_attention_heads", 6}, {"num_hidden_layers", 2}, {"intermediate_size", 77},
                 {"num_key_value_heads", 3}};
  for (const auto& [key, value] : changes.items()) config[key] = value;
  return config.dump();
}

}  // namespace

TEST(configs_are_read_as_transformers_reads_them) {
  std::ifstream file(test::argument("architectures"));
  const json cases = json::parse(file);
  CHECK(cases.size() > 60);
  for (const json& c : cases) {
    const std::string name = c["name"];
    const json& expected = c["expected"];
    const Architecture a = read_architecture(c["config"].dump());
    CHECK_EQUAL(a.vocab, expected["vocab"].get<int64_t>(), name);
    CHECK_EQUAL(a.hidden, expected["hidden"].get<int64_t>(), name);
    CHECK_EQUAL(a.heads, expected["heads"].get<int64_t>(), name);
    CHECK_EQUAL(a.kv_heads, expected["kv_heads"].get<int64_t>(), name);
    CHECK_EQUAL(a.head_dim, expected["head_dim"].get<int64_t>(), name);
    CHECK_EQUAL(a.context, expected["context"].get<int64_t>(), name);
    CHECK_EQUAL(name_of(a.activation), expected["activation"].get<std::string>(), name);
    CHECK_EQUAL(a.tied_head, expected["tied_head"].get<bool>(), name);
    CHECK_EQUAL(a.parallel_residual, expected["parallel_residual"].get<bool>(), name);
    CHECK_NEAR(a.norm_eps, expected["norm_eps"].get<double>(), 1e-7, name);
    CHECK_EQUAL(a.attention_softcap, expected["attention_softcap"].get<float>(), name);
    CHECK_EQUAL(a.final_softcap, expected["final_softcap"].get<float>(), name);
    CHECK_NEAR(a.embedding_scale, expected["embedding_scale"].get<double>(), 1e-7, name);
    compare_layers(a, expected, name);
    CHECK_EQUAL(random_weights(a, 1).parameters, expected["parameters"].get<int64_t>(), name);
  }
}

TEST(unsupported_models_name_themselves) {
  const auto refused = [](const std::string& config, const char* text) {
    CHECK_ERROR(read_architecture(config), "unsupported_architecture", text, config);
  };
  refused(R"({"model_type": "mamba"})", "\"mamba\" is not supported; these are: gpt2, llama");
  refused(R"({"model_type": "gemma3", "text_config": {}})", "\"gemma3\" is not supported");
  for (const char* const type : {"dynamic", "yarn", "longrope", "su", "proportional"}) {
    refused(llama({{"rope_scaling", {{"type", type}, {"factor", 2.0}}}}), type);
    refused(llama({{"rope_parameters", {{"rope_type", type}, {"factor", 2.0}}}}), type);
  }
  refused(R"({"model_type": "gemma3_text", "rope_parameters": {"full_attention": {"rope_type": "yarn"}}})", "\"yarn\"");
}

TEST(bad_configs_name_key_value_and_what_is_allowed) {
  const auto refused = [](const std::string& config, const char* text) {
    CHECK_ERROR(read_architecture(config), "bad_config", text, config);
  };
  refused("", "is not JSON (at byte 1)");
  refused("[]", "not a JSON object");
  refused("{\"model_type\": \"llama\"", "is not JSON (at byte 23)");
  refused(std::string(100000, '['), "is not JSON (at byte 100001)");
  refused("{\"model_type\": 1e999}", "a number beyond every range");
  refused("{}", "model_type is absent or null, but must be");
  refused(R"({"model_type": 3})", "model_type is 3, but must be text");
  refused(llama({{"hidden_size", -60}}), "hidden_size is -60, but must be an integer from 1 to");
  refused(llama({{"hidden_size", 0}}), "hidden_size is 0");
  refused(llama({{"hidden_size", 60.5}}), "hidden_size is 60.5");
  refused(llama({{"hidden_size", "60"}}), "hidden_size is \"60\"");
  refused(llama({{"hidden_size", json::array({60})}}), "hidden_size is a list");
  refused(llama({{"hidden_size", 18446744073709551615U}}), "hidden_size is 18446744073709551615");
  refused(llama({{"hidden_size", 5}}), "hidden_size, 5, cannot be shared by 6 heads (num_attention_heads)");
  refused(R"({"model_type": "gpt2", "n_embd": 61})", "n_embd, 61, cannot be shared by 12 heads (n_head)");
  refused(llama({{"vocab_size", 16777216}, {"hidden_size", 6000}}), "beyond 2^31 values");
  refused(llama({{"num_hidden_layers", 1000000000}}), "num_hidden_layers");
  refused(llama({{"num_attention_heads", 4096}, {"head_dim", 4096}, {"num_key_value_heads", 1}}), "beyond reason");
  refused(llama({{"num_key_value_heads", 4}}), "6 heads cannot be shared by 4");
  refused(llama({{"head_dim", 15}}), "head_dim is 15, but rotary positions over whole heads need an even one");
  refused(llama({{"hidden_act", "mish"}}), "hidden_act is \"mish\", but must be one of gelu");
  refused(llama({{"rms_norm_eps", -1e-6}}), "rms_norm_eps");
  refused(llama({{"tie_word_embeddings", 1}}), "tie_word_embeddings is 1, but must be true or false");
  refused(llama({{"quantization_config", {{"quant_method", "gptq"}}}}), "quantized");
  refused(llama({{"rope_theta", 0}}), "rope_theta is 0");
  refused(llama({{"rope_theta", "10000"}}), "rope_theta is \"10000\"");
  refused(llama({{"rope_scaling", "linear"}}), "rope_scaling is \"linear\", but must be an object");
  refused(llama({{"rope_scaling", {{"type", "linear"}}}}), "rope_scaling.factor is absent or null");
  refused(llama({{"rope_scaling", {{"type", "linear"}, {"factor", 0}}}}), "rope_scaling.factor is 0");
  refused(llama({{"rope_parameters", {{"rope_type", "llama3"}, {"factor", 8}, {"low_freq_factor", 1}}}}),
          "rope_parameters.high_freq_factor is absent or null");
  refused(llama({{"rope_parameters",
                  {{"rope_type", "llama3"}, {"factor", 8}, {"low_freq_factor", 4}, {"high_freq_factor", 4}}}}),
          "high_freq_factor is 4, but must be above low_freq_factor");
  refused(llama({{"rope_parameters", {{"full_attention", {{"rope_theta", 1.0}}}}}}), "no layer types in a llama");
  refused(R"({"model_type": "mistral", "sliding_window": 0})", "sliding_window is 0");
  refused(R"({"model_type": "gemma2", "sliding_window": null})",
          "sliding_window is absent or null, but must be there: layer 0");
  refused(R"({"model_type": "gemma2", "use_bidirectional_attention": true})", "use_bidirectional_attention is true");
  refused(R"({"model_type": "gemma2", "layer_types": ["full_attention"]})", "layer_types is a list, but must be");
  refused(R"({"model_type": "qwen2", "num_hidden_layers": 1, "layer_types": ["chunked_attention"]})", "layer_types");
  refused(R"({"model_type": "gemma3_text", "sliding_window_pattern": 0})", "sliding_window_pattern is 0");
  refused(R"({"model_type": "smollm3", "no_rope_layers": [1, 1]})", "no_rope_layers is a list, but must be");
  refused(R"({"model_type": "smollm3", "no_rope_layer_interval": 0})", "no_rope_layer_interval is 0");
  refused(R"({"model_type": "gpt_neox", "rotary_pct": 1.5})", "rotary_pct is 1.5");
  refused(R"({"model_type": "gpt2", "add_cross_attention": true})", "add_cross_attention is true");
}
