// A model's weights by their role in the graph, whatever the file calls them and however it lays them out.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "architecture.h"
#include "safetensors.h"

namespace evosift {

// A matrix [rows = out features, cols = in features] made of blocks of stored (or random) matrices, read as f32.
class MatrixView {
 public:
  int64_t rows() const { return rows_; }
  int64_t cols() const { return cols_; }
  bool empty() const { return rows_ == 0; }

  // Reads rows [first, first+count) to out[count * cols].
  void read_rows(int64_t first, int64_t count, float* out) const;

  struct Block {
    TensorView tensor;      // data null: random values
    int64_t first_row = 0;  // in the stored matrix (a column where transposed)
    int64_t rows = 0;
    bool transposed = false;  // stored [cols, rows]
    uint64_t seed = 0;        // of random values: normal-like, standard deviation 0.02
    bool is_bf16 = false;     // random values are rounded to bf16
  };
  // Appends a block below the ones there.
  void append(const Block& block, int64_t cols);

 private:
  std::vector<Block> blocks_;
  int64_t rows_ = 0, cols_ = 0;
};

struct NormWeights {
  std::vector<float> weight;  // empty: this norm is absent. 1+w already applied where the architecture says so
  std::vector<float> bias;    // empty: none
};

struct LinearWeights {
  MatrixView weight;
  std::vector<float> bias;  // empty: none
};

struct LayerWeights {
  NormWeights attention_norm, attention_post_norm, mlp_norm, mlp_post_norm;
  NormWeights q_norm, k_norm;
  LinearWeights qkv;      // rows: q heads, then k heads, then v heads, each head_dim rows
  LinearWeights out;      // [hidden, heads*head_dim]
  LinearWeights gate_up;  // gated: gate's rows, then up's; else the only input matrix
  LinearWeights down;     // [hidden, intermediate]
};

struct ModelWeights {
  std::shared_ptr<const TensorStore> store;  // keeps the mapping alive; null for random weights
  MatrixView embedding;                      // [vocab, hidden]
  MatrixView positions;                      // [context, hidden] where learned
  std::vector<LayerWeights> layers;
  NormWeights final_norm;
  MatrixView head;  // [vocab, hidden], the embedding where tied; [1, hidden] of a reward
  int64_t parameters = 0;
};

// Finds every tensor by the architecture's name map. The prefix (`transformer.`, `model.`, `gpt_neox.`) is optional and
// buffers (`attn.bias`, `masked_bias`, `inv_freq`) are ignored; any other unknown, missing or wrongly shaped tensor
// throws Error bad_weights that names it, its shape and the shape wanted.
ModelWeights map_weights(const Architecture& architecture, std::shared_ptr<const TensorStore> store);

// Weights of the same shapes, made at random, bf16 where the config says so: for benchmarks where the real ones are
// absent.
ModelWeights random_weights(const Architecture& architecture, uint64_t seed);

}  // namespace evosift
