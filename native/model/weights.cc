#include "weights.h"

#include <algorithm>
#include <set>

#include "../base/error.h"
#include "../base/quote.h"
#include "config_table.h"

namespace evosift {

namespace {

constexpr int kMostListed = 3;

// Where weights come from: a file, or chance.
class WeightSource {
 public:
  virtual ~WeightSource() = default;
  // A matrix of `rows` outputs and `cols` inputs; [cols, rows] in the file where `transposed`.
  virtual MatrixView::Block matrix(const std::string& name, int64_t rows, int64_t cols, bool transposed) = 0;
  // `size` values; `made_up` each where they come from chance.
  virtual std::vector<float> vector(const std::string& name, int64_t size, float made_up) = 0;
  virtual bool has(const std::string& name) const = 0;
  // Says that the tensor may be there, but is not used.
  virtual void ignore(const std::string& name) = 0;
};

std::string describe_shape(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

// Buffers that older versions of transformers saved: causal masks and rope frequencies. The engine makes its own.
bool is_buffer(const std::string& name) {
  for (const char* const suffix :
       {".attn.bias", ".attn.masked_bias", ".attention.bias", ".attention.masked_bias", "rotary_emb.inv_freq"}) {
    const std::string end(suffix);
    if (name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0) return true;
  }
  return false;
}

// At most kMostListed names, and how many more there are.
class NameList {
 public:
  void add(const std::string& name) {
    if (count_++ < kMostListed) text_ += (text_.empty() ? "" : ", ") + quote(name);
  }
  int64_t count() const { return count_; }
  std::string text() const {
    return count_ > kMostListed ? text_ + " and " + std::to_string(count_ - kMostListed) + " more" : text_;
  }

 private:
  std::string text_;
  int64_t count_ = 0;
};

class StoredWeights : public WeightSource {
 public:
  StoredWeights(const TensorStore& store, const std::string& prefix) : store_(store), prefix_(prefix) {}

  MatrixView::Block matrix(const std::string& name, int64_t rows, int64_t cols, bool transposed) override {
    MatrixView::Block block;
    block.rows = rows;
    block.transposed = transposed;
    const std::vector<int64_t> shape = transposed ? std::vector<int64_t>{cols, rows} : std::vector<int64_t>{rows, cols};
    if (const TensorView* const tensor = take(name, shape)) block.tensor = *tensor;
    return block;
  }

  std::vector<float> vector(const std::string& name, int64_t size, float) override {
    const TensorView* const tensor = take(name, {size});
    if (tensor == nullptr) return {};
    std::vector<float> values(static_cast<size_t>(size));
    tensor->read(0, size, values.data());
    return values;
  }

  bool has(const std::string& name) const override { return store_.find(name) != nullptr; }
  void ignore(const std::string& name) override { used_.insert(name); }

  // Throws where a tensor was missing or, all having been asked for, one is left over.
  void finish() const {
    NameList unknown;
    for (const auto& [name, tensor] : store_.tensors())
      if (used_.count(name) == 0 && !is_buffer(name)) unknown.add(name);
    if (missing_.count() == 0 && unknown.count() == 0) return;
    std::string text;
    if (missing_.count() != 0) text = "tensors missing: " + missing_.text();
    if (unknown.count() != 0) text += (text.empty() ? "" : "; ") + ("tensors unknown: " + unknown.text());
    fail(text);
  }

 private:
  [[noreturn]] static void fail(const std::string& what) {
    throw Error("bad_weights", "the weights do not fit config.json: " + what);
  }

  // The tensor, of this shape and a dtype that is read; null where it is missing.
  const TensorView* take(const std::string& name, const std::vector<int64_t>& shape) {
    std::string full = prefix_ + name;
    const TensorView* tensor = store_.find(full);
    if (tensor == nullptr) {
      full = name;
      tensor = store_.find(full);
    }
    if (tensor == nullptr) {
      missing_.add(prefix_ + name);
      // A config of thousands of layers beside a file of a few is not walked to its end.
      if (missing_.count() == kMostMissing) fail("tensors missing: " + missing_.text() + " or more");
      return nullptr;
    }
    used_.insert(full);
    if (tensor->shape != shape)
      throw Error("bad_weights", "tensor " + quote(full) + " has shape " + describe_shape(tensor->shape) +
                                     ", but by config.json it must have " + describe_shape(shape));
    if (tensor->type == StoredType::unread)
      throw Error("bad_weights", "tensor " + quote(full) + " has dtype " + quote(tensor->dtype) +
                                     ", but only F32, F16 and BF16 are read");
    return tensor;
  }

  static constexpr int64_t kMostMissing = 64;

  const TensorStore& store_;
  const std::string prefix_;
  std::set<std::string> used_;
  NameList missing_;
};

class RandomWeights : public WeightSource {
 public:
  RandomWeights(uint64_t seed, bool are_bf16) : seed_(seed), are_bf16_(are_bf16) {}

  MatrixView::Block matrix(const std::string&, int64_t rows, int64_t, bool) override {
    MatrixView::Block block;
    block.rows = rows;
    block.seed = seed_ += 0x9E3779B97F4A7C15U;  // distinct for every matrix; read_rows mixes it
    block.is_bf16 = are_bf16_;
    return block;
  }
  std::vector<float> vector(const std::string&, int64_t size, float made_up) override {
    return std::vector<float>(static_cast<size_t>(size), made_up);
  }
  bool has(const std::string&) const override { return false; }
  void ignore(const std::string&) override {}

 private:
  uint64_t seed_;
  bool are_bf16_;
};

// Builds the weights by role from a source, by the architecture's columns and name map.
class WeightBuilder {
 public:
  WeightBuilder(const Architecture& architecture, const TensorNames& names, WeightSource* source)
      : a_(architecture), names_(names), source_(*source) {}

  ModelWeights build() {
    ModelWeights weights;
    weights.embedding = matrix(names_.embedding, a_.vocab, a_.hidden, false);
    if (a_.positions == PositionKind::learned)
      weights.positions = matrix(names_.positions, a_.context, a_.hidden, false);
    weights.layers.reserve(a_.layers.size());
    for (size_t i = 0; i < a_.layers.size(); ++i)
      weights.layers.push_back(layer(names_.layer + std::to_string(i) + "."));
    weights.final_norm = norm(names_.final_norm, "", a_.hidden);
    const std::string head = head_name();
    if (a_.head == HeadKind::reward) {
      // A classifier made of a language model may still have that model's head, which transformers leaves out as well.
      source_.ignore(head + ".weight");
      weights.head = matrix(names_.reward, 1, a_.hidden, false);
    } else if (a_.tied_head) {
      source_.ignore(head + ".weight");
      weights.head = weights.embedding;
    } else {
      weights.head = matrix(head, a_.vocab, a_.hidden, false);
    }
    weights.parameters = parameters_;
    return weights;
  }

 private:
  std::string head_name() const {
    const bool other = names_.other_head != nullptr && source_.has(std::string(names_.other_head) + ".weight");
    return other ? names_.other_head : names_.head;
  }

  LayerWeights layer(const std::string& path) {
    LayerWeights w;
    w.attention_norm = norm(names_.attention_norm, path, a_.hidden);
    w.attention_post_norm = norm(names_.attention_post_norm, path, a_.hidden);
    w.mlp_norm = norm(names_.mlp_norm, path, a_.hidden);
    w.mlp_post_norm = norm(names_.mlp_post_norm, path, a_.hidden);
    const bool per_head = a_.qk_norm == QkNorm::per_head;
    w.q_norm = norm(names_.q_norm, path, per_head ? a_.head_dim : a_.q_width());
    w.k_norm = norm(names_.k_norm, path, per_head ? a_.head_dim : a_.kv_width());
    w.qkv = qkv(path);
    w.out = linear({path + names_.out}, {a_.hidden}, a_.q_width(), a_.out_bias, a_.mlp_transposed);
    if (names_.gate != nullptr)
      w.gate_up = linear({path + names_.gate, path + names_.up}, {a_.intermediate, a_.intermediate}, a_.hidden,
                         a_.mlp_bias, a_.mlp_transposed);
    else
      w.gate_up = linear({path + names_.gate_up}, {a_.gated ? 2 * a_.intermediate : a_.intermediate}, a_.hidden,
                         a_.mlp_bias, a_.mlp_transposed);
    w.down = linear({path + names_.down}, {a_.hidden}, a_.intermediate, a_.mlp_bias, a_.mlp_transposed);
    return w;
  }

  LinearWeights qkv(const std::string& path) {
    switch (a_.qkv_layout) {
      case QkvLayout::apart:
        return linear({path + names_.q, path + names_.k, path + names_.v}, {a_.q_width(), a_.kv_width(), a_.kv_width()},
                      a_.hidden, a_.qkv_bias, false);
      case QkvLayout::fused_rows: return linear({path + names_.qkv}, {a_.qkv_width()}, a_.hidden, a_.qkv_bias, false);
      case QkvLayout::fused_transposed:
        return linear({path + names_.qkv}, {a_.qkv_width()}, a_.hidden, a_.qkv_bias, true);
      case QkvLayout::interleaved_per_head: break;
    }
    return interleaved(path + names_.qkv);
  }

  // In the file: q, k and v of head 0, then of head 1...; here all q, all k, all v.
  LinearWeights interleaved(const std::string& name) {
    LinearWeights w;
    MatrixView::Block block = source_.matrix(name + ".weight", a_.qkv_width(), a_.hidden, false);
    std::vector<float> bias;
    if (a_.qkv_bias) bias = source_.vector(name + ".bias", a_.qkv_width(), 0);
    count(a_.qkv_width() * a_.hidden + (a_.qkv_bias ? a_.qkv_width() : 0));
    block.rows = a_.head_dim;
    for (int64_t part = 0; part < 3; ++part) {
      for (int64_t head = 0; head < a_.heads; ++head) {
        block.first_row = (head * 3 + part) * a_.head_dim;
        w.weight.append(block, a_.hidden);
        if (!bias.empty()) {
          const auto from = bias.begin() + static_cast<ptrdiff_t>(block.first_row);
          w.bias.insert(w.bias.end(), from, from + static_cast<ptrdiff_t>(a_.head_dim));
        }
      }
    }
    return w;
  }

  // The linear maps `names`, of rows[i] outputs each, as one.
  LinearWeights linear(const std::vector<std::string>& names, const std::vector<int64_t>& rows, int64_t cols, bool bias,
                       bool transposed) {
    LinearWeights w;
    for (size_t i = 0; i < names.size(); ++i) {
      w.weight.append(source_.matrix(names[i] + ".weight", rows[i], cols, transposed), cols);
      count(rows[i] * cols);
      if (!bias) continue;
      const std::vector<float> values = source_.vector(names[i] + ".bias", rows[i], 0);
      w.bias.insert(w.bias.end(), values.begin(), values.end());
      count(rows[i]);
    }
    return w;
  }

  MatrixView matrix(const std::string& name, int64_t rows, int64_t cols, bool transposed) {
    MatrixView view;
    view.append(source_.matrix(name + ".weight", rows, cols, transposed), cols);
    count(rows * cols);
    return view;
  }

  NormWeights norm(const char* name, const std::string& path, int64_t size) {
    NormWeights w;
    if (name == nullptr) return w;
    const bool one_plus = a_.norm == NormKind::rms_one_plus;
    w.weight = source_.vector(path + name + ".weight", size, one_plus ? 0 : 1);
    if (one_plus)
      for (float& value : w.weight) value += 1;
    count(size);
    if (a_.norm == NormKind::layer) {
      w.bias = source_.vector(path + name + ".bias", size, 0);
      count(size);
    }
    return w;
  }

  void count(int64_t parameters) { parameters_ += parameters; }

  const Architecture& a_;
  const TensorNames& names_;
  WeightSource& source_;
  int64_t parameters_ = 0;
};

const TensorNames& names_of(const Architecture& architecture) {
  const ArchitectureEntry* const entry = find_architecture_entry(architecture.name);
  if (entry == nullptr)
    throw Error("unsupported_architecture", "model_type " + quote(architecture.name) + " is not supported");
  return entry->names;
}

}  // namespace

ModelWeights map_weights(const Architecture& architecture, std::shared_ptr<const TensorStore> store) {
  const TensorNames& names = names_of(architecture);
  StoredWeights source(*store, names.prefix);
  ModelWeights weights = WeightBuilder(architecture, names, &source).build();
  source.finish();
  weights.store = std::move(store);
  return weights;
}

ModelWeights random_weights(const Architecture& architecture, uint64_t seed) {
  RandomWeights source(seed, architecture.stored_bf16);
  return WeightBuilder(architecture, names_of(architecture), &source).build();
}

}  // namespace evosift
