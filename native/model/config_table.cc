// Defaults: configuration_*.py, columns: modeling_*.py of each architecture in transformers 5.23.
#include "config_table.h"

namespace evosift {

namespace {

ArchitectureEntry llama() {
  ArchitectureEntry entry;
  Architecture& base = entry.base;
  base.name = "llama";
  base.vocab = 32000;
  base.hidden = 4096;
  base.heads = 32;
  base.intermediate = 11008;
  base.context = 2048;
  base.norm_eps = 1e-6f;
  entry.default_layers = 32;
  entry.qkv_bias = entry.out_bias = {"attention_bias", false};
  entry.mlp_bias = {"mlp_bias", false};
  return entry;
}

ArchitectureEntry mistral() {
  ArchitectureEntry entry = llama();
  entry.base.name = "mistral";
  entry.base.kv_heads = 8;
  entry.base.intermediate = 14336;
  entry.base.context = 131072;
  entry.qkv_bias = entry.out_bias = entry.mlp_bias = {};
  entry.windowed = WindowedLayers::all;
  entry.window = 4096;
  return entry;
}

ArchitectureEntry qwen2() {
  ArchitectureEntry entry = llama();
  entry.base.name = "qwen2";
  entry.base.vocab = 151936;
  entry.base.kv_heads = 32;
  entry.base.intermediate = 22016;
  entry.base.context = 32768;
  entry.qkv_bias = {nullptr, true};
  entry.out_bias = entry.mlp_bias = {};
  entry.windowed = WindowedLayers::upper;
  entry.reads_layer_types = true;
  entry.window_switch_key = "use_sliding_window";
  entry.window = 4096;
  return entry;
}

ArchitectureEntry qwen3() {
  ArchitectureEntry entry = qwen2();
  entry.base.name = "qwen3";
  entry.base.head_dim = 128;
  entry.base.qk_norm = QkNorm::per_head;
  entry.qkv_bias = entry.out_bias = {"attention_bias", false};
  entry.names.q_norm = "self_attn.q_norm";
  entry.names.k_norm = "self_attn.k_norm";
  return entry;
}

ArchitectureEntry phi3() {
  ArchitectureEntry entry = llama();
  entry.base.name = "phi3";
  entry.base.pad_token = 32000;
  entry.base.vocab = 32064;
  entry.base.hidden = 3072;
  entry.base.intermediate = 8192;
  entry.base.context = 4096;
  entry.base.norm_eps = 1e-5f;
  entry.base.qkv_layout = QkvLayout::fused_rows;
  entry.base.gate_up_fused = true;
  entry.qkv_bias = entry.out_bias = entry.mlp_bias = {};
  entry.partial_rotary_key = "partial_rotary_factor";
  entry.windowed = WindowedLayers::all;
  entry.names.q = entry.names.k = entry.names.v = nullptr;
  entry.names.qkv = "self_attn.qkv_proj";
  entry.names.gate = entry.names.up = nullptr;
  entry.names.gate_up = "mlp.gate_up_proj";
  return entry;
}

ArchitectureEntry olmo2() {
  ArchitectureEntry entry = llama();
  entry.base.name = "olmo2";
  entry.base.pad_token = 1;
  entry.base.vocab = 50304;
  entry.base.norm_eps = 1e-5f;
  entry.base.norm_placement = NormPlacement::after;
  entry.base.qk_norm = QkNorm::full_width;
  entry.mlp_bias = {};
  entry.names.attention_norm = nullptr;
  entry.names.attention_post_norm = "post_attention_layernorm";
  entry.names.mlp_norm = nullptr;
  entry.names.mlp_post_norm = "post_feedforward_layernorm";
  entry.names.q_norm = "self_attn.q_norm";
  entry.names.k_norm = "self_attn.k_norm";
  return entry;
}

ArchitectureEntry smollm3() {
  ArchitectureEntry entry = llama();
  entry.base.name = "smollm3";
  entry.base.pad_token = 128004;
  entry.base.vocab = 128256;
  entry.base.hidden = 2048;
  entry.base.heads = 16;
  entry.base.kv_heads = 4;
  entry.base.context = 32768;
  entry.base.tied_head = true;
  entry.default_layers = 36;
  entry.rope_theta = 2000000.0;
  entry.layers_without_rope = true;
  entry.windowed = WindowedLayers::without_rope;
  entry.reads_layer_types = true;
  entry.window_switch_key = "use_sliding_window";
  return entry;
}

ArchitectureEntry gemma2() {
  ArchitectureEntry entry = llama();
  Architecture& base = entry.base;
  base.name = "gemma2";
  base.pad_token = 0;
  base.vocab = 256000;
  base.hidden = 2304;
  base.heads = 8;
  base.kv_heads = 4;
  base.head_dim = 256;
  base.intermediate = 9216;
  base.context = 8192;
  base.norm = NormKind::rms_one_plus;
  base.norm_placement = NormPlacement::both;
  base.activation = Activation::gelu_tanh;
  base.attention_softcap = 50;
  base.final_softcap = 30;
  base.tied_head = true;
  entry.default_layers = 26;
  entry.activation_key = "hidden_activation";  // `hidden_act`, where it is there as well, is not read
  entry.mlp_bias = {};
  entry.windowed = WindowedLayers::all_but_every_nth;
  entry.reads_layer_types = true;
  entry.window = 4096;
  entry.attention_scale_base = 256;
  entry.reads_attention_softcap = entry.reads_final_softcap = true;
  entry.scales_embedding = true;
  entry.refused_flags = {"use_bidirectional_attention"};
  entry.names.attention_post_norm = "post_attention_layernorm";
  entry.names.mlp_norm = "pre_feedforward_layernorm";
  entry.names.mlp_post_norm = "post_feedforward_layernorm";
  return entry;
}

ArchitectureEntry gemma3_text() {
  ArchitectureEntry entry = gemma2();
  entry.base.name = "gemma3_text";
  entry.base.vocab = 262208;
  entry.base.context = 131072;
  entry.base.qk_norm = QkNorm::per_head;
  entry.base.attention_softcap = 0;
  entry.base.final_softcap = 0;
  entry.reads_attention_softcap = false;  // the class has the key, its attention does not use it
  entry.window_pattern_key = "sliding_window_pattern";
  entry.window_pattern = 6;
  entry.rope_theta = 1000000.0;
  entry.rope_by_layer_type = true;
  entry.names.q_norm = "self_attn.q_norm";
  entry.names.k_norm = "self_attn.k_norm";
  return entry;
}

// What GPT-2 and GPT-NeoX share.
ArchitectureEntry with_layer_norm() {
  ArchitectureEntry entry;
  entry.base.norm = NormKind::layer;
  entry.base.norm_eps = 1e-5f;
  entry.base.gated = false;
  entry.kv_heads_key = nullptr;
  entry.head_dim_key = nullptr;
  entry.names.q = entry.names.k = entry.names.v = nullptr;
  entry.names.gate = entry.names.up = nullptr;
  return entry;
}

ArchitectureEntry gpt2() {
  ArchitectureEntry entry = with_layer_norm();
  Architecture& base = entry.base;
  base.name = "gpt2";
  base.vocab = 50257;
  base.hidden = 768;
  base.heads = 12;
  base.context = 1024;
  base.qkv_layout = QkvLayout::fused_transposed;
  base.mlp_transposed = true;
  base.positions = PositionKind::learned;
  base.activation = Activation::gelu_tanh;
  base.tied_head = true;
  entry.default_layers = 12;
  entry.hidden_key = "n_embd";
  entry.layers_key = "n_layer";
  entry.heads_key = "n_head";
  entry.intermediate_key = "n_inner";
  entry.context_key = "n_positions";
  entry.norm_eps_key = "layer_norm_epsilon";
  entry.activation_key = "activation_function";
  entry.qkv_bias = entry.out_bias = entry.mlp_bias = {nullptr, true};
  entry.reads_gpt2_attention_scale = true;
  entry.aliases = {{"hidden_size", "n_embd"},
                   {"num_hidden_layers", "n_layer"},
                   {"num_attention_heads", "n_head"},
                   {"max_position_embeddings", "n_positions"}};
  entry.refused_flags = {"add_cross_attention"};
  entry.names.prefix = "transformer.";
  entry.names.embedding = "wte";
  entry.names.positions = "wpe";
  entry.names.layer = "h.";
  entry.names.final_norm = "ln_f";
  entry.names.attention_norm = "ln_1";
  entry.names.mlp_norm = "ln_2";
  entry.names.qkv = "attn.c_attn";
  entry.names.out = "attn.c_proj";
  entry.names.gate_up = "mlp.c_fc";
  entry.names.down = "mlp.c_proj";
  return entry;
}

ArchitectureEntry gpt_neox() {
  ArchitectureEntry entry = with_layer_norm();
  Architecture& base = entry.base;
  base.name = "gpt_neox";
  base.vocab = 50432;
  base.hidden = 6144;
  base.heads = 64;
  base.intermediate = 24576;
  base.context = 2048;
  base.parallel_residual = true;
  base.qkv_layout = QkvLayout::interleaved_per_head;
  base.activation = Activation::gelu_erf;
  entry.default_layers = 44;
  entry.norm_eps_key = "layer_norm_eps";
  entry.parallel_residual_key = "use_parallel_residual";
  entry.qkv_bias = entry.out_bias = {"attention_bias", true};
  entry.mlp_bias = {nullptr, true};
  entry.rope_theta_key = "rotary_emb_base";
  entry.partial_rotary_key = "rotary_pct";
  entry.partial_rotary = 0.25;
  entry.names.prefix = "gpt_neox.";
  entry.names.embedding = "embed_in";
  entry.names.final_norm = "final_layer_norm";
  entry.names.head = "embed_out";
  entry.names.other_head = "lm_head";
  entry.names.qkv = "attention.query_key_value";
  entry.names.out = "attention.dense";
  entry.names.gate_up = "mlp.dense_h_to_4h";
  entry.names.down = "mlp.dense_4h_to_h";
  return entry;
}

}  // namespace

const std::vector<ArchitectureEntry>& architecture_entries() {
  static const std::vector<ArchitectureEntry> entries = {
      gpt2(), llama(), mistral(), qwen2(), qwen3(), gpt_neox(), phi3(), gemma2(), gemma3_text(), olmo2(), smollm3(),
  };
  return entries;
}

const ArchitectureEntry* find_architecture_entry(const std::string& model_type) {
  for (const ArchitectureEntry& entry : architecture_entries())
    if (entry.base.name == model_type) return &entry;
  return nullptr;
}

}  // namespace evosift
