// score-bench: a model on a device without Node around it, for machines that have none, for profilers and sanitizers.
//
//   score-bench --check DIR [--device cpu|cuda[:i]] [--dtype f32|bf16]
//     DIR has config.json, safetensors and goldens.jsonl ({"ids", "nll"} a line), or folders that do. Prints a line of JSON
//     a model: the largest difference. With f32, fails beyond --tolerance (1e-4 nats, gemma 5e-4).
//   score-bench --ids FILE --model DIR [--device ...] [--dtype ...] [--repeat N]
//     FILE has {"ids"} a line. Prints tokens, seconds and tokens/s, from ids in host memory to losses in host memory, and of
//     a GPU the share of the time in which it had nothing to do.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "../engine/engine.h"

namespace evosift {

namespace {

using nlohmann::ordered_json;

struct Sequence {
  std::vector<int32_t> ids;
  std::vector<double> nll;  // empty: not known
};

struct Options {
  std::map<std::string, std::string> given;
  std::string get(const std::string& name, const std::string& otherwise) const {
    const auto found = given.find(name);
    return found == given.end() ? otherwise : found->second;
  }
};

int usage() {
  std::fprintf(stderr,
               "usage: score-bench --check DIR [--tolerance NATS] [--device cpu|cuda[:i]] [--dtype f32|bf16]\n"
               "       score-bench --ids FILE --model DIR [--repeat N] [--device cpu|cuda[:i]] [--dtype f32|bf16]\n");
  return 2;
}

std::vector<Sequence> read_sequences(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file);
  std::vector<Sequence> sequences;
  for (std::string line; std::getline(in, line);) {
    const auto json = nlohmann::json::parse(line);
    Sequence s{json.at("ids").get<std::vector<int32_t>>(), {}};
    if (json.contains("nll")) s.nll = json["nll"].get<std::vector<double>>();
    if (s.ids.size() > 1) sequences.push_back(std::move(s));
  }
  if (sequences.empty()) throw std::runtime_error(file + " has no sequence of two tokens or more");
  return sequences;
}

// All sequences end to end, every position but a sequence's first a target.
Batch pack(const std::vector<Sequence>& sequences) {
  Batch batch;
  batch.starts.push_back(0);
  for (const Sequence& s : sequences) {
    const auto start = static_cast<int32_t>(batch.tokens.size());
    batch.tokens.insert(batch.tokens.end(), s.ids.begin(), s.ids.end());
    batch.starts.push_back(static_cast<int32_t>(batch.tokens.size()));
    batch.spans.insert(batch.spans.end(), {start + 1, static_cast<int32_t>(batch.tokens.size())});
  }
  return batch;
}

EngineOptions engine_options(const Options& options) {
  EngineOptions engine;
  const std::string device = options.get("device", "cpu"), dtype = options.get("dtype", "f32");
  int ordinal = 0;
  char rest = 0;
  if (device == "cuda" || std::sscanf(device.c_str(), "cuda:%d%c", &ordinal, &rest) == 1)
    engine.devices = {ordinal};
  else if (device != "cpu")
    throw std::runtime_error("--device is " + device + "; it must be cpu or cuda[:i]");
  if (dtype != "f32" && dtype != "bf16") throw std::runtime_error("--dtype is " + dtype + "; it must be f32 or bf16");
  engine.auto_dtype = false;
  engine.dtype = dtype == "bf16" ? Dtype::bf16 : Dtype::f32;
  return engine;
}

// An engine whose calls are waited for.
class Scorer {
 public:
  Scorer(Threads& threads, const std::string& directory, const EngineOptions& options)
      : engine_(std::make_shared<Engine>(threads, options)) {
    std::promise<void> loaded;
    engine_->load(model_from_directory(directory), [&](std::exception_ptr error) {
      if (error)
        loaded.set_exception(error);
      else
        loaded.set_value();
    });
    loaded.get_future().get();
  }
  ~Scorer() {
    std::promise<void> closed;
    engine_->close([&] { closed.set_value(); });
    closed.get_future().get();
  }
  Scorer(const Scorer&) = delete;
  Scorer& operator=(const Scorer&) = delete;

  const EngineInfo& info() const { return engine_->info(); }
  double busy_seconds() const { return engine_->busy_seconds(); }

  std::vector<float> score(Batch batch) {
    std::promise<Losses> done;
    engine_->run(++ticket_, std::move(batch), [&](std::exception_ptr error, Losses losses) {
      if (error)
        done.set_exception(error);
      else
        done.set_value(std::move(losses));
    });
    return done.get_future().get().nll;
  }

 private:
  std::shared_ptr<Engine> engine_;
  uint64_t ticket_ = 0;
};

ordered_json describe(const EngineInfo& info) {
  return {{"architecture", info.architecture},
          {"device", info.on_cuda ? "cuda" : "cpu"},
          {"dtype", info.dtype == Dtype::bf16 ? "bf16" : "f32"},
          {"implementation", info.implementation}};
}

// NaN is no small difference.
double worse(double a, double b) { return a >= b ? a : b; }

bool check_model(Threads& threads, const std::string& directory, const EngineOptions& options,
                 const std::string& given) {
  const std::vector<Sequence> goldens = read_sequences(directory + "/goldens.jsonl");
  Scorer scorer(threads, directory, options);
  const std::vector<float> nll = scorer.score(pack(goldens));
  double largest = 0;
  size_t at = 0;
  for (const Sequence& golden : goldens) {
    if (golden.nll.size() + 1 != golden.ids.size())
      throw std::runtime_error(directory + ": a golden's nll does not fit");
    for (const double wanted : golden.nll) {
      const double difference = std::abs(static_cast<double>(nll.at(at++)) - wanted);
      largest = std::isnan(difference) ? INFINITY : worse(largest, difference);
    }
  }
  // Gemma's losses are 20 to 60 nats, where f32 itself is further off.
  const bool is_gemma = scorer.info().architecture.rfind("gemma", 0) == 0;
  const double tolerance = given.empty() ? (is_gemma ? 5e-4 : 1e-4) : std::atof(given.c_str());
  const bool ok = options.dtype != Dtype::f32 || largest <= tolerance;
  ordered_json line = {{"model", std::filesystem::path(directory).filename().string()},
                       {"targets", at},
                       {"max_difference", largest},
                       {"ok", ok}};
  line.update(describe(scorer.info()));
  std::printf("%s\n", line.dump().c_str());
  return ok;
}

int check(const Options& options) {
  const std::string root = options.get("check", "");
  const std::string tolerance = options.get("tolerance", "");
  std::vector<std::string> models;
  if (std::filesystem::exists(root + "/goldens.jsonl")) {
    models.push_back(root);
  } else {
    for (const auto& entry : std::filesystem::directory_iterator(root))
      if (std::filesystem::exists(entry.path() / "goldens.jsonl")) models.push_back(entry.path().string());
  }
  if (models.empty()) throw std::runtime_error(root + " has no goldens.jsonl, nor has a folder in it");
  std::sort(models.begin(), models.end());
  Threads threads;
  bool ok = true;
  for (const std::string& model : models) ok = check_model(threads, model, engine_options(options), tolerance) && ok;
  return ok ? 0 : 1;
}

int throughput(const Options& options) {
  const Batch batch = pack(read_sequences(options.get("ids", "")));
  const int repeats = std::max(1, std::atoi(options.get("repeat", "3").c_str()));
  Threads threads;
  Scorer scorer(threads, options.get("model", ""), engine_options(options));
  std::vector<double> seconds;
  double busy = 0, all = 0;
  for (int i = 0; i <= repeats; ++i) {
    const double busy_before = scorer.busy_seconds();
    const auto start = std::chrono::steady_clock::now();
    scorer.score(batch);
    // The first warms up.
    if (i == 0) continue;
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    busy += scorer.busy_seconds() - busy_before;
    all += seconds.back();
  }
  std::sort(seconds.begin(), seconds.end());
  const double median = seconds[seconds.size() / 2], tokens = static_cast<double>(batch.tokens.size());
  const double targets = tokens - static_cast<double>(batch.starts.size() - 1);
  const EngineInfo& info = scorer.info();
  ordered_json line = {{"tokens", batch.tokens.size()},
                       {"seconds", median},
                       {"tokens_s", tokens / median},
                       {"gflops", (info.flops_per_token * tokens + info.flops_per_target * targets) / median * 1e-9}};
  if (info.on_cuda) line["idle_share"] = std::max(0.0, 1 - busy / all);
  line.update(describe(info));
  std::printf("%s\n", line.dump().c_str());
  return 0;
}

int run(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    const char* const names[] = {"--check", "--tolerance", "--ids", "--model", "--repeat", "--device", "--dtype"};
    if (i + 1 == argc || std::find(std::begin(names), std::end(names), name) == std::end(names)) return usage();
    options.given[name.substr(2)] = argv[i + 1];
  }
  if (options.given.count("check") > 0) return check(options);
  return options.given.count("ids") > 0 && options.given.count("model") > 0 ? throughput(options) : usage();
}

}  // namespace

}  // namespace evosift

int main(int argc, char** argv) {
  try {
    return evosift::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
