// The supported architectures, an entry each: the Hugging Face class's defaults, the config keys it reads, and the
// columns in which its graph and its file differ from the others'.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "architecture.h"
#include "tensor_names.h"

namespace evosift {

// Which layers see a sliding window where the config has no `layer_types`.
enum class WindowedLayers {
  none,               // `sliding_window` is not read
  all,                // unless `sliding_window` is null
  upper,              // from `max_window_layers` on
  all_but_every_nth,  // of `sliding_window_pattern`, the last is full
  without_rope,
};

struct BiasRule {
  const char* key = nullptr;  // the config key that decides; null: `otherwise` always holds
  bool otherwise = false;     // the default
};

// `name` in a config stands for `key` (the class's attribute_map), and comes before it.
struct KeyAlias {
  const char* name;
  const char* key;
};

struct ArchitectureEntry {
  // Sizes, activation, eps and tied head are the defaults for missing keys; the other columns hold as they stand.
  Architecture base;
  int64_t default_layers = 0;
  TensorNames names;

  const char* hidden_key = "hidden_size";
  const char* layers_key = "num_hidden_layers";
  const char* heads_key = "num_attention_heads";
  const char* kv_heads_key = "num_key_value_heads";  // null: as many as heads. base.kv_heads 0: the same by default
  const char* head_dim_key = "head_dim";  // null: hidden / heads. base.head_dim 0: the same, rounded down, by default
  const char* intermediate_key = "intermediate_size";  // base.intermediate 0: 4 * hidden by default
  const char* context_key = "max_position_embeddings";
  const char* norm_eps_key = "rms_norm_eps";
  const char* activation_key = "hidden_act";
  const char* parallel_residual_key = nullptr;  // null: as base says

  BiasRule qkv_bias, out_bias, mlp_bias;

  double rope_theta = 10000.0;
  const char* rope_theta_key = "rope_theta";
  const char* partial_rotary_key = nullptr;  // null: whole heads are rotated
  double partial_rotary = 1.0;
  bool rope_by_layer_type = false;   // gemma3: `rope_parameters` nested, the older style with `rope_local_base_freq`
  bool layers_without_rope = false;  // smollm3: `no_rope_layers`, `no_rope_layer_interval`

  WindowedLayers windowed = WindowedLayers::none;
  bool reads_layer_types = false;
  const char* window_switch_key = nullptr;  // windows count only where this is true (by default false)
  int64_t window = 0;                       // 0: null
  const char* window_pattern_key = nullptr;
  int64_t window_pattern = 2;

  double attention_scale_base = 0;          // `query_pre_attn_scalar`, to the power of -1/2; 0: not read, head_dim
  bool reads_gpt2_attention_scale = false;  // `scale_attn_weights`, `scale_attn_by_inverse_layer_idx`
  bool reads_attention_softcap = false;     // `attn_logit_softcapping`
  bool reads_final_softcap = false;         // `final_logit_softcapping`
  bool scales_embedding = false;            // by sqrt(hidden)

  std::vector<KeyAlias> aliases;
  std::vector<const char*> refused_flags;  // keys that must be absent, null or false: another graph
};

const std::vector<ArchitectureEntry>& architecture_entries();

// Null where the model_type is not supported.
const ArchitectureEntry* find_architecture_entry(const std::string& model_type);

}  // namespace evosift
