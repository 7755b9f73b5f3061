#include "config_head.h"

#include <nlohmann/json.hpp>

#include "../base/error.h"
#include "../base/quote.h"

namespace evosift {

namespace {

using nlohmann::json;

constexpr int64_t kMostLabels = int64_t{1} << 20;
constexpr int64_t kMostToken = int64_t{1} << 24;

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

[[noreturn]] void refuse(const std::string& what) { throw Error("unsupported_architecture", "config.json: " + what); }

// The class that saved the model; empty where the config names none.
std::string class_of(const ConfigReader& config) {
  const json* const classes = config.find("architectures");
  if (classes == nullptr || !classes->is_array() || classes->empty() || !classes->front().is_string()) return "";
  return classes->front().get<std::string>();
}

// As PretrainedConfig counts them: `id2label` has one a label, and there are two where nothing says so.
int64_t labels_of(const ConfigReader& config) {
  const json* const names = config.object("id2label");
  return config.integer("num_labels", names != nullptr ? static_cast<int64_t>(names->size()) : 2, 1, kMostLabels);
}

}  // namespace

void read_head(const ConfigReader& config, Architecture* a) {
  const std::string name = class_of(config);
  for (const char* const other : {"ForRewardModel", "ForTokenClassification", "ForQuestionAnswering"})
    if (ends_with(name, other))
      refuse(quote(name) + " has a head of another kind; a reward model is one ...ForSequenceClassification");
  if (!ends_with(name, "ForSequenceClassification")) {
    a->tied_head = config.boolean("tie_word_embeddings", a->tied_head);
    return;
  }
  const int64_t labels = labels_of(config);
  if (labels != 1)
    refuse(quote(name) + " has " + std::to_string(labels) + " labels (num_labels, id2label); a reward model has one");
  const std::string problem = config.text("problem_type", "regression");
  if (problem != "regression")
    refuse(quote(name) + " has problem_type " + quote(problem) + "; a reward model has none, or \"regression\"");
  a->head = HeadKind::reward;
  a->tied_head = false;
  if (config.is_null("pad_token_id"))
    a->pad_token = -1;
  else
    a->pad_token = config.integer("pad_token_id", a->pad_token, -1, kMostToken);
}

}  // namespace evosift
