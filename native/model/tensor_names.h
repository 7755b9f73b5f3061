// What an architecture's file calls its tensors.
#pragma once

namespace evosift {

// Names end in `.weight` or `.bias` in the file. Those of a layer stand after `layer`, its number and a dot. Every name
// but the head's may be preceded by `prefix`, as the model with a head saves it. Null: the architecture has no such tensor.
struct TensorNames {
  const char* prefix = "model.";
  const char* embedding = "embed_tokens";
  const char* positions = nullptr;
  const char* layer = "layers.";
  const char* final_norm = "norm";
  const char* head = "lm_head";
  const char* other_head = nullptr;  // as a state dict of transformers 5 calls it
  const char* reward = "score";      // of a sequence classifier

  const char* attention_norm = "input_layernorm";
  const char* attention_post_norm = nullptr;
  const char* mlp_norm = "post_attention_layernorm";
  const char* mlp_post_norm = nullptr;
  const char* q_norm = nullptr;
  const char* k_norm = nullptr;

  const char* q = "self_attn.q_proj";  // q, k and v apart, or qkv
  const char* k = "self_attn.k_proj";
  const char* v = "self_attn.v_proj";
  const char* qkv = nullptr;
  const char* out = "self_attn.o_proj";

  const char* gate = "mlp.gate_proj";  // gate and up apart, or gate_up
  const char* up = "mlp.up_proj";
  const char* gate_up = nullptr;  // gate's rows and then up's; or the one input matrix where nothing is gated
  const char* down = "mlp.down_proj";
};

}  // namespace evosift
