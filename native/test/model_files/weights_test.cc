// Tensors by role, whatever the file's layout: each stored value says where it came from.
#include "../../model/weights.h"
#include "../../base/bf16.h"

#include <algorithm>

#include "../check.h"
#include "stored_file.h"

using namespace evosift;
using test::StoredFile;

namespace {

// value(row, col) = base + 100 * row + col, small enough to be exact in f32.
std::vector<float> ramp(int64_t rows, int64_t cols, float base = 0) {
  std::vector<float> values;
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c) values.push_back(base + static_cast<float>(100 * r + c));
  return values;
}

std::vector<float> line(int64_t size, float base) { return ramp(1, size, base); }

std::vector<float> rows(const MatrixView& matrix, int64_t first, int64_t count) {
  std::vector<float> out(static_cast<size_t>(count * matrix.cols()), -1);
  matrix.read_rows(first, count, out.data());
  return out;
}

std::vector<float> rows(const MatrixView& matrix) { return rows(matrix, 0, matrix.rows()); }

// A store that owns its bytes.
std::shared_ptr<const TensorStore> store_of(const StoredFile& file) {
  struct Owned {
    std::string bytes;
    TensorStore store;
  };
  auto owned = std::make_shared<Owned>();
  owned->bytes = file.bytes(1);
  owned->store =
      TensorStore::parse(reinterpret_cast<const uint8_t*>(owned->bytes.data()), owned->bytes.size(), "it.safetensors");
  return {owned, &owned->store};
}

const char* const kLlama = R"({"model_type": "llama", "vocab_size": 5, "hidden_size": 6, "num_attention_heads": 3,
  "num_key_value_heads": 1, "num_hidden_layers": 1, "intermediate_size": 7, "tie_word_embeddings": true})";

struct Tensor {
  std::string name;
  std::vector<int64_t> shape;
  float base;
};

// A llama of kLlama's sizes; a test changes what it wants to see refused.
std::vector<Tensor> llama_tensors() {
  const std::string layer = "model.layers.0.";
  return {{"model.embed_tokens.weight", {5, 6}, 0},
          {layer + "input_layernorm.weight", {6}, 1},
          {layer + "post_attention_layernorm.weight", {6}, 2},
          {layer + "self_attn.q_proj.weight", {6, 6}, 1000},
          {layer + "self_attn.k_proj.weight", {2, 6}, 2000},
          {layer + "self_attn.v_proj.weight", {2, 6}, 3000},
          {layer + "self_attn.o_proj.weight", {6, 6}, 4000},
          {layer + "mlp.gate_proj.weight", {7, 6}, 5000},
          {layer + "mlp.up_proj.weight", {7, 6}, 6000},
          {layer + "mlp.down_proj.weight", {6, 7}, 7000},
          {"model.norm.weight", {6}, 3}};
}

StoredFile stored(const std::vector<Tensor>& tensors) {
  StoredFile file;
  for (const Tensor& t : tensors)
    file.add(t.name, t.shape, t.shape.size() == 1 ? line(t.shape[0], t.base) : ramp(t.shape[0], t.shape[1], t.base));
  return file;
}

ModelWeights map_llama(const StoredFile& file) { return map_weights(read_architecture(kLlama), store_of(file)); }

}  // namespace

TEST(separate_matrices_become_one) {
  const ModelWeights weights = map_llama(stored(llama_tensors()));
  const LayerWeights& layer = weights.layers.at(0);
  CHECK(layer.attention_norm.weight == line(6, 1));
  CHECK(layer.mlp_norm.weight == line(6, 2));
  CHECK(layer.attention_post_norm.weight.empty() && layer.mlp_post_norm.weight.empty() && layer.q_norm.weight.empty());
  CHECK(weights.final_norm.weight == line(6, 3) && weights.final_norm.bias.empty());
  CHECK_EQUAL(layer.qkv.weight.rows(), 10, "qkv");
  CHECK(rows(layer.qkv.weight, 0, 6) == ramp(6, 6, 1000));
  CHECK(rows(layer.qkv.weight, 6, 2) == ramp(2, 6, 2000));
  CHECK(rows(layer.qkv.weight, 8, 2) == ramp(2, 6, 3000));
  std::vector<float> across = line(6, 1500);  // q's last row, k's two, v's first
  for (const float base : {2000.0f, 2100.0f, 3000.0f})
    for (const float value : line(6, base)) across.push_back(value);
  CHECK(rows(layer.qkv.weight, 5, 4) == across);
  CHECK_EQUAL(layer.gate_up.weight.rows(), 14, "gate_up");
  CHECK(rows(layer.gate_up.weight, 0, 7) == ramp(7, 6, 5000));
  CHECK(rows(layer.gate_up.weight, 7, 7) == ramp(7, 6, 6000));
  CHECK(rows(layer.down.weight) == ramp(6, 7, 7000));
  CHECK(layer.qkv.bias.empty() && layer.out.bias.empty() && layer.down.bias.empty());
  CHECK(rows(weights.head) == ramp(5, 6));
  CHECK(weights.positions.empty());
  CHECK_EQUAL(weights.parameters, 5 * 6 + 3 * 6 + (6 + 2 + 2 + 6) * 6 + 3 * 7 * 6, "parameters, the tied head once");
}

TEST(prefix_is_optional_and_buffers_and_a_tied_head_are_ignored) {
  std::vector<Tensor> tensors = llama_tensors();
  for (Tensor& t : tensors) t.name.erase(0, std::string("model.").size());
  StoredFile file = stored(tensors);
  file.add("layers.0.self_attn.rotary_emb.inv_freq", {1}, {1.0f}).add("lm_head.weight", {5, 6}, ramp(5, 6, 9000));
  CHECK(rows(map_llama(file).head) == ramp(5, 6));
}

TEST(misfitting_tensors_are_named) {
  const auto refused = [](const StoredFile& file, const std::string& text) {
    CHECK_ERROR(map_llama(file), "bad_weights", text, text);
  };
  std::vector<Tensor> tensors = llama_tensors();
  tensors[4].shape = {3, 6};
  refused(
      stored(tensors),
      R"(tensor "model.layers.0.self_attn.k_proj.weight" has shape [3, 6], but by config.json it must have [2, 6])");
  tensors = llama_tensors();
  tensors.erase(tensors.begin() + 3);
  refused(stored(tensors), R"(tensors missing: "model.layers.0.self_attn.q_proj.weight")");
  tensors.erase(tensors.begin() + 1, tensors.begin() + 6);
  refused(stored(tensors), "and 3 more");
  StoredFile more = stored(llama_tensors());
  for (const char* const name : {"score.weight", "x", "y", "z", "model.layers.1.mlp.up_proj.weight"})
    more.add(name, {1}, {1});
  refused(more, R"(tensors unknown: "model.layers.1.mlp.up_proj.weight", "score.weight", "x" and 2 more)");
  tensors = llama_tensors();
  const Tensor norm = tensors.back();
  tensors.pop_back();
  refused(stored(tensors).add(norm.name, {6}, "I8", "abcdef"), R"("model.norm.weight" has dtype "I8", but only F32)");
  // Not walked to the end: it would need no end.
  std::string deep = kLlama;
  deep.replace(deep.find("\"num_hidden_layers\": 1"), 22, "\"num_hidden_layers\": 4096");
  CHECK_ERROR(map_weights(read_architecture(deep), store_of(stored(llama_tensors()))), "bad_weights", "or more",
              "deep");
}

TEST(interleaved_heads_are_put_in_order) {
  const char* const config = R"({"model_type": "gpt_neox", "vocab_size": 3, "hidden_size": 6, "num_attention_heads": 2,
    "num_hidden_layers": 1, "intermediate_size": 5, "rotary_pct": 0.7})";
  const std::string layer = "gpt_neox.layers.0.";
  StoredFile file;
  file.add("gpt_neox.embed_in.weight", {3, 6}, ramp(3, 6)).add("embed_out.weight", {3, 6}, ramp(3, 6, 50));
  for (const char* const norm : {"input_layernorm", "post_attention_layernorm"})
    file.add(layer + norm + ".weight", {6}, line(6, 1)).add(layer + norm + ".bias", {6}, line(6, 2));
  file.add("gpt_neox.final_layer_norm.weight", {6}, line(6, 1)).add("gpt_neox.final_layer_norm.bias", {6}, line(6, 7));
  file.add(layer + "attention.query_key_value.weight", {18, 6}, ramp(18, 6));
  file.add(layer + "attention.query_key_value.bias", {18}, line(18, 0));
  file.add(layer + "attention.dense.weight", {6, 6}, ramp(6, 6)).add(layer + "attention.dense.bias", {6}, line(6, 0));
  file.add(layer + "mlp.dense_h_to_4h.weight", {5, 6}, ramp(5, 6))
      .add(layer + "mlp.dense_h_to_4h.bias", {5}, line(5, 0));
  file.add(layer + "mlp.dense_4h_to_h.weight", {6, 5}, ramp(6, 5))
      .add(layer + "mlp.dense_4h_to_h.bias", {6}, line(6, 0));
  file.add(layer + "attention.bias", {1, 1}, "BOOL", "x").add(layer + "attention.masked_bias", {}, {-1e9f});
  file.add(layer + "attention.rotary_emb.inv_freq", {1}, {1.0f});
  const ModelWeights weights = map_weights(read_architecture(config), store_of(file));
  // Heads of 3: rows 0-2 q of head 0, 3-5 its k, 6-8 its v, 9-11 q of head 1...
  const std::vector<int> order = {0, 1, 2, 9, 10, 11, 3, 4, 5, 12, 13, 14, 6, 7, 8, 15, 16, 17};
  const LinearWeights& qkv = weights.layers.at(0).qkv;
  for (size_t i = 0; i < order.size(); ++i) {
    const std::string where = "row " + std::to_string(i);
    CHECK_EQUAL(rows(qkv.weight, static_cast<int64_t>(i), 1).at(0), static_cast<float>(100 * order[i]), where);
    CHECK_EQUAL(qkv.bias.at(i), static_cast<float>(order[i]), where);
  }
  CHECK(weights.final_norm.bias == line(6, 7));
  CHECK(rows(weights.head) == ramp(3, 6, 50));
}

TEST(transposed_matrices_are_turned) {
  // Odd sizes beyond one tile of the transposing reader.
  constexpr int64_t kHidden = 45, kInner = 71;
  const std::string config = R"({"model_type": "gpt2", "vocab_size": 3, "n_embd": 45, "n_head": 5, "n_layer": 1,
    "n_inner": 71, "n_positions": 2})";
  StoredFile file;
  file.add("wte.weight", {3, kHidden}, ramp(3, kHidden)).add("wpe.weight", {2, kHidden}, ramp(2, kHidden, 7));
  for (const char* const norm : {"h.0.ln_1", "h.0.ln_2", "ln_f"})
    file.add(std::string(norm) + ".weight", {kHidden}, line(kHidden, 1))
        .add(std::string(norm) + ".bias", {kHidden}, line(kHidden, 0));
  const auto conv1d = [&](const std::string& name, int64_t inputs, int64_t outputs) {
    file.add("h.0." + name + ".weight", {inputs, outputs}, ramp(inputs, outputs));
    file.add("h.0." + name + ".bias", {outputs}, line(outputs, 3));
  };
  conv1d("attn.c_attn", kHidden, 3 * kHidden);
  conv1d("attn.c_proj", kHidden, kHidden);
  conv1d("mlp.c_fc", kHidden, kInner);
  conv1d("mlp.c_proj", kInner, kHidden);
  file.add("h.0.attn.bias", {1, 1, 2, 2}, "U8", "abcd").add("h.0.attn.masked_bias", {}, {-1e4f});
  const ModelWeights weights = map_weights(read_architecture(config), store_of(file));
  const LayerWeights& layer = weights.layers.at(0);
  const auto check = [](const MatrixView& matrix, int64_t first, int64_t count, const char* name) {
    const std::vector<float> actual = rows(matrix, first, count);
    for (int64_t r = 0; r < count; ++r)
      for (int64_t c = 0; c < matrix.cols(); ++c)
        CHECK_EQUAL(actual.at(static_cast<size_t>(r * matrix.cols() + c)), static_cast<float>(100 * c + first + r),
                    name);
  };
  check(layer.qkv.weight, 0, 3 * kHidden, "qkv");
  check(layer.qkv.weight, 31, 67, "rows in the middle");
  check(layer.out.weight, 0, kHidden, "out");
  check(layer.gate_up.weight, 0, kInner, "up");
  check(layer.down.weight, 0, kHidden, "down");
  CHECK_EQUAL(layer.down.weight.cols(), kInner, "down");
  CHECK(layer.qkv.bias == line(3 * kHidden, 3));
  CHECK(rows(weights.positions) == ramp(2, kHidden, 7));
}

TEST(one_plus_norms_hold_one_plus_weight) {
  Architecture architecture = read_architecture(kLlama);
  architecture.norm = NormKind::rms_one_plus;
  const ModelWeights weights = map_weights(architecture, store_of(stored(llama_tensors())));
  CHECK(weights.final_norm.weight == line(6, 4));
  CHECK(weights.layers.at(0).attention_norm.weight == line(6, 2));
}

TEST(random_weights_are_a_function_of_seed_and_place) {
  const Architecture architecture =
      read_architecture(R"({"model_type": "gemma2", "vocab_size": 1003, "hidden_size": 60, "num_attention_heads": 6,
        "num_key_value_heads": 3, "head_dim": 14, "num_hidden_layers": 2, "intermediate_size": 77, "attention_bias": true})");
  const ModelWeights weights = random_weights(architecture, 7);
  const std::vector<float> whole = rows(weights.embedding);
  CHECK(rows(random_weights(architecture, 7).embedding) == whole);
  CHECK(rows(random_weights(architecture, 8).embedding) != whole);
  CHECK(rows(weights.head) == whole);  // tied
  const std::vector<float> part = rows(weights.embedding, 500, 3);
  CHECK(std::equal(part.begin(), part.end(), whole.begin() + 500 * 60));
  CHECK(rows(weights.layers.at(0).qkv.weight) != rows(weights.layers.at(1).qkv.weight));
  double sum = 0, squares = 0;
  for (const float value : whole) {
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  const auto count = static_cast<double>(whole.size());
  CHECK(std::abs(sum / count) < 4 * 0.02 / std::sqrt(count));
  CHECK_NEAR(std::sqrt(squares / count), 0.02, 0.02, "standard deviation");
  CHECK(weights.final_norm.weight == std::vector<float>(60, 1.0f));
  CHECK(weights.layers.at(0).qkv.bias == std::vector<float>(static_cast<size_t>(architecture.qkv_width()), 0.0f));
}

TEST(random_weights_are_what_the_config_says_is_stored) {
  Architecture architecture =
      read_architecture(R"({"model_type": "llama", "vocab_size": 401, "hidden_size": 60, "num_attention_heads": 6,
        "num_hidden_layers": 1, "intermediate_size": 77, "torch_dtype": "bfloat16"})");
  const auto are_bf16 = [](const std::vector<float>& values) {
    return std::all_of(values.begin(), values.end(), [](float x) { return to_f32(to_bf16(x)) == x; });
  };
  CHECK(are_bf16(rows(random_weights(architecture, 7).embedding)));
  architecture.stored_bf16 = false;
  CHECK(!are_bf16(rows(random_weights(architecture, 7).embedding)));
}
