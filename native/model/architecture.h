// What a decoder is, as data: one description covers every supported architecture, and the one graph in graph/decoder.h
// follows it. Read from a Hugging Face config.json; a missing key takes the HF class's default for that model_type.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "../base/activation_kind.h"

namespace evosift {

enum class NormKind { rms, rms_one_plus, layer };
enum class NormPlacement { before, after, both };
enum class QkNorm { none, per_head, full_width };
enum class PositionKind { learned, rope };
// How q, k and v lie in the file: three matrices; one with q's rows, then k's, then v's; one with q, k, v of each head
// in turn (GPT-NeoX); one stored [in, out] (GPT-2's Conv1D).
enum class QkvLayout { apart, fused_rows, interleaved_per_head, fused_transposed };

enum class RopeScaling { none, linear, llama3 };

// What reads the last hidden states: the next token's logits, or one number for the sequence ("reward"), from the state
// of its last token.
enum class HeadKind { language_model, reward };

// Inverse frequencies are theta^(-2i/frequency_dim), rescaled as HF's modeling_rope_utils does for `scaling`.
struct Rope {
  double theta = 10000.0;
  int64_t frequency_dim = 0;  // 0: rotary_dim. One less where a partial rotary width is odd: HF rotates one more then
  RopeScaling scaling = RopeScaling::none;
  double factor = 1.0;
  double low_freq_factor = 1.0;
  double high_freq_factor = 4.0;
  int64_t original_context = 0;
};

struct Layer {
  int rope = 0;               // index into Architecture::ropes, -1: no positions in this layer
  int64_t window = 0;         // query i sees keys j with i-j < window; 0: all
  float attention_scale = 1;  // multiplies q.k
};

struct Architecture {
  std::string name;  // model_type

  int64_t vocab = 0, hidden = 0, heads = 0, kv_heads = 0, head_dim = 0, intermediate = 0, context = 0;
  std::vector<Layer> layers;

  NormKind norm = NormKind::rms;
  float norm_eps = 1e-5f;
  NormPlacement norm_placement = NormPlacement::before;
  bool parallel_residual = false;

  QkvLayout qkv_layout = QkvLayout::apart;
  bool qkv_bias = false, out_bias = false, mlp_bias = false;
  QkNorm qk_norm = QkNorm::none;

  PositionKind positions = PositionKind::rope;
  int64_t rotary_dim = 0;  // of each head's first dimensions, half-split; even
  std::vector<Rope> ropes;

  float attention_softcap = 0;  // s -> cap * tanh(s / cap); 0: none
  float final_softcap = 0;

  Activation activation = Activation::silu;
  bool gated = true;            // act(gate) * up, else act(up)
  bool gate_up_fused = false;   // one matrix in the file, gate's rows first (Phi-3)
  bool mlp_transposed = false;  // stored [in, out] (GPT-2's Conv1D); the attention's output matrix as well

  HeadKind head = HeadKind::language_model;
  int64_t pad_token = -1;  // a reward is read at the last token that is another; -1: there is none
  float embedding_scale = 1;
  bool tied_head = false;
  bool stored_bf16 = false;  // torch_dtype; of interest for random weights, others say it themselves

  int64_t q_width() const { return heads * head_dim; }
  int64_t kv_width() const { return kv_heads * head_dim; }
  int64_t qkv_width() const { return q_width() + 2 * kv_width(); }
};

// Reads a config.json text. Throws Error: bad_config (a key's name, value and what is allowed),
// unsupported_architecture (names the model_type and lists those supported; rope types that are not read name themselves).
Architecture read_architecture(const std::string& config_json);

// Inverse frequencies of a rope, rotary_dim / 2 of them.
std::vector<float> rope_inverse_frequencies(const Rope& rope, int64_t rotary_dim);

}  // namespace evosift
