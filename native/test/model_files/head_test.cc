// What stands on a decoder, by its config.
#include "../../model/architecture.h"
#include "../check.h"

using namespace evosift;

namespace {

Architecture classifier(const std::string& model_type, const std::string& more) {
  return read_architecture("{\"model_type\": \"" + model_type +
                           "\", \"architectures\": [\"AnyForSequenceClassification\"], \"num_labels\": 1" + more + "}");
}

}  // namespace

// Defaults as `AutoConfig.for_model(model_type).pad_token_id` of transformers 5.24 gives them.
TEST(a_reward_is_read_before_pad_tokens) {
  CHECK_EQUAL(classifier("llama", "").pad_token, int64_t{-1}, "llama");
  CHECK_EQUAL(classifier("gemma2", "").pad_token, int64_t{0}, "gemma2");
  CHECK_EQUAL(classifier("gemma3_text", "").pad_token, int64_t{0}, "gemma3_text");
  CHECK_EQUAL(classifier("olmo2", "").pad_token, int64_t{1}, "olmo2");
  CHECK_EQUAL(classifier("phi3", "").pad_token, int64_t{32000}, "phi3");
  CHECK_EQUAL(classifier("smollm3", "").pad_token, int64_t{128004}, "smollm3");
  CHECK_EQUAL(classifier("gemma2", ", \"pad_token_id\": null").pad_token, int64_t{-1}, "null");
  CHECK_EQUAL(classifier("llama", ", \"pad_token_id\": 9").pad_token, int64_t{9}, "given");
  CHECK_ERROR(classifier("llama", ", \"pad_token_id\": \"<pad>\""), "bad_config", "pad_token_id is \"<pad>\"", "text");
}

TEST(a_head_is_a_language_models_unless_the_config_says_otherwise) {
  for (const char* const classes : {"", ", \"architectures\": []", ", \"architectures\": [\"LlamaForCausalLM\"]"}) {
    const Architecture a = read_architecture(std::string("{\"model_type\": \"llama\"") + classes + "}");
    CHECK_EQUAL(a.head == HeadKind::language_model, true, classes);
  }
  CHECK_EQUAL(classifier("llama", "").head == HeadKind::reward, true, "classifier");
}
