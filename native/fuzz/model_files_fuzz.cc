// Feeds damaged configs, safetensors files and shard indexes to their readers: each must be read, or refused with an
// Error. Run it under -fsanitize=address,undefined; it ends at the first thing that is neither.
//
// usage: model_files_fuzz SECONDS SEED FOLDER... [--first N]
//   FOLDER   is searched for model directories (config.json beside *.safetensors), which are damaged at random
//   --first  the first iteration; a failure names the one that failed, and iterations do not depend on each other
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "../base/error.h"
#include "../model/weights.h"
#include "mutator.h"

// The sanitizers' runtime calls it before it ends the process; absent without them.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace {

using namespace evosift;
namespace fs = std::filesystem;

struct Seed {
  std::string config, header, data;  // the data after the header
};

uint64_t run_seed = 0, iteration = 0;

void say_where() {
  std::fprintf(stderr, "model_files_fuzz: at seed %llu, iteration %llu (--first %llu runs it again)\n",
               static_cast<unsigned long long>(run_seed), static_cast<unsigned long long>(iteration),
               static_cast<unsigned long long>(iteration));
}

[[noreturn]] void broken(const std::string& what) { throw std::logic_error(what); }

void require(bool condition, const char* what) {
  if (!condition) broken(what);
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<Seed> find_seeds(const std::string& folder) {
  std::vector<Seed> seeds;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".safetensors") continue;
    const fs::path config = entry.path().parent_path() / "config.json";
    if (!fs::exists(config)) continue;
    const std::string file = read_file(entry.path());
    uint64_t length = 0;
    if (file.size() < 8) continue;
    std::memcpy(&length, file.data(), 8);
    if (length > file.size() - 8) continue;
    seeds.push_back({read_file(config), file.substr(8, length), file.substr(8 + length)});
  }
  return seeds;
}

// The strings of all seeds' JSON: keys, tensor names, values.
std::vector<std::string> find_words(const std::vector<Seed>& seeds) {
  std::vector<std::string> words = {"../x", "..", "F32", "F16", "BF16", "F64", "I8", "BOOL", "__metadata__", "\\u0000"};
  for (const Seed& seed : seeds) {
    for (const std::string& text : {seed.config, seed.header}) {
      for (size_t at = text.find('"'); at != std::string::npos;) {
        const size_t end = text.find('"', at + 1);
        if (end == std::string::npos) break;
        words.push_back(text.substr(at + 1, end - at - 1));
        at = text.find('"', end + 1);
      }
    }
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

// What the decoder graph relies on.
void check(const Architecture& a) {
  for (const int64_t size : {a.vocab, a.hidden, a.heads, a.kv_heads, a.head_dim, a.intermediate, a.context})
    require(size > 0, "a size that is not positive");
  require(a.heads % a.kv_heads == 0, "heads that kv heads cannot share");
  require(!a.layers.empty(), "no layers");
  require(a.rotary_dim >= 0 && a.rotary_dim % 2 == 0 && a.rotary_dim <= a.head_dim, "a rotary width out of range");
  require(std::isfinite(a.norm_eps) && a.norm_eps >= 0, "an eps out of range");
  for (const float value : {a.attention_softcap, a.final_softcap, a.embedding_scale})
    require(std::isfinite(value) && value >= 0, "a cap or scale out of range");
  for (const Rope& rope : a.ropes) {
    const std::vector<float> frequencies = rope_inverse_frequencies(rope, a.rotary_dim);
    require(frequencies.size() == static_cast<size_t>(a.rotary_dim / 2), "a wrong number of frequencies");
    for (const float frequency : frequencies) require(std::isfinite(frequency), "a frequency that is not finite");
  }
  for (const Layer& layer : a.layers) {
    require(layer.rope >= -1 && layer.rope < static_cast<int>(a.ropes.size()), "a rope that does not exist");
    require(layer.window >= 0 && std::isfinite(layer.attention_scale), "a window or scale out of range");
  }
}

void read_all(const MatrixView& matrix) {
  constexpr int64_t kRows = 48;
  std::vector<float> buffer;
  for (int64_t first = 0; first < matrix.rows(); first += kRows) {
    const int64_t count = std::min(kRows, matrix.rows() - first);
    buffer.assign(static_cast<size_t>(count * matrix.cols()), 0);
    matrix.read_rows(first, count, buffer.data());
  }
}

void read_all(const ModelWeights& weights) {
  read_all(weights.embedding);
  read_all(weights.positions);
  read_all(weights.head);
  for (const LayerWeights& layer : weights.layers)
    for (const LinearWeights* const linear : {&layer.qkv, &layer.out, &layer.gate_up, &layer.down})
      read_all(linear->weight);
}

// Memory that ends where the bytes do, so that the sanitizer sees a read beyond them.
class Memory {
 public:
  explicit Memory(const std::string& bytes) : bytes_(std::make_unique<uint8_t[]>(bytes.size())), size_(bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), bytes_.get());
  }

  // Every tensor that can be read has been.
  std::shared_ptr<const TensorStore> parse() const {
    auto store = std::make_shared<TensorStore>(TensorStore::parse(bytes_.get(), size_, "fuzz"));
    for (const auto& [name, tensor] : store->tensors()) {
      if (tensor.type == StoredType::unread) continue;
      std::vector<float> out(static_cast<size_t>(tensor.elements()));
      tensor.read(0, tensor.elements(), out.data());
    }
    return store;
  }

 private:
  const std::unique_ptr<uint8_t[]> bytes_;
  const size_t size_;
};

// The readers under test. Each returns whether its input was read (a file's header, whether or not its tensors then fit
// the config); an Error is an answer, anything else is a finding.
class Targets {
 public:
  Targets(const std::vector<Seed>& seeds, fs::path folder)
      : seeds_(seeds), words_(find_words(seeds)), folder_(std::move(folder)) {}

  bool config(uint64_t seed) {
    fuzz::Mutator mutator(seed, words_);
    const Seed& from = pick(&mutator);
    const std::string text = mutator.mutate(from.config, pick(&mutator).config);
    return answered([&] {
      const Architecture architecture = read_architecture(text);
      check(architecture);
      const Memory memory(file(from.header, from.data, from.header.size()));
      answered([&] { read_all(map_weights(architecture, memory.parse())); });
    });
  }

  bool weights(uint64_t seed) {
    fuzz::Mutator mutator(seed, words_);
    const Seed& from = pick(&mutator);
    const std::string header = mutator.mutate(from.header, pick(&mutator).header);
    uint64_t length = header.size();
    if (mutator.one_in(16)) length = ~uint64_t{0} >> mutator.below(64);
    std::string bytes = file(header, from.data, length);
    if (mutator.one_in(8)) bytes.resize(mutator.below(bytes.size()));
    const Memory memory(bytes);
    std::shared_ptr<const TensorStore> store;
    const bool read = answered([&] { store = memory.parse(); });
    if (read) answered([&] { read_all(map_weights(read_architecture(from.config), store)); });
    return read;
  }

  bool index(uint64_t seed) {
    fuzz::Mutator mutator(seed, words_);
    const std::string sound = R"({"metadata":{"total_size":8},"weight_map":{"a":"1.safetensors","b":"1.safetensors"}})";
    std::ofstream(folder_ / "model.safetensors.index.json", std::ios::trunc) << mutator.mutate(sound, sound);
    return answered([&] { TensorStore::open(folder_.string()); });
  }

 private:
  const Seed& pick(fuzz::Mutator* mutator) const { return seeds_[mutator->below(seeds_.size())]; }

  static std::string file(const std::string& header, const std::string& data, uint64_t length) {
    std::string bytes(8, '\0');
    std::memcpy(&bytes[0], &length, 8);
    return bytes + header + data;
  }

  template <typename Action>
  static bool answered(const Action& action) {
    try {
      action();
      return true;
    } catch (const Error& error) {
      require(std::strlen(error.what()) < 2000, "an error of more than 2,000 characters");
      return false;
    }
  }

  const std::vector<Seed>& seeds_;
  const std::vector<std::string> words_;
  const fs::path folder_;
};

// A folder with one sound shard, gone at the end.
class ShardFolder {
 public:
  ShardFolder() {
    std::string name = (fs::temp_directory_path() / "evosift-fuzz-XXXXXX").string();
    if (::mkdtemp(&name[0]) == nullptr) throw std::runtime_error("cannot make a folder in " + name);
    path_ = name;
    const std::string header =
        R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})";
    const uint64_t length = header.size();
    std::ofstream out(path_ / "1.safetensors", std::ios::binary);
    out.write(reinterpret_cast<const char*>(&length), 8);
    out << header << "12345678";
  }
  ~ShardFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ShardFolder(const ShardFolder&) = delete;
  ShardFolder& operator=(const ShardFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

int run(double seconds, const std::vector<Seed>& seeds) {
  const ShardFolder folder;
  Targets targets(seeds, folder.path());
  struct Count {
    const char* name;
    bool (Targets::*target)(uint64_t);
    uint64_t tried, read;
  };
  Count counts[] = {{"configs", &Targets::config, 0, 0},
                    {"safetensors files", &Targets::weights, 0, 0},
                    {"indexes", &Targets::index, 0, 0}};
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  for (; std::chrono::steady_clock::now() < end; ++iteration) {
    const uint64_t seed = run_seed * 0x9E3779B97F4A7C15U + iteration;
    Count& count = counts[iteration % 16 == 15 ? 2 : iteration % 2];
    ++count.tried;
    try {
      if ((targets.*count.target)(seed)) ++count.read;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "model_files_fuzz: %s: %s\n", count.name, error.what());
      say_where();
      return 1;
    }
  }
  for (const Count& count : counts)
    std::printf("%s: %llu tried, %llu of them read, the others refused\n", count.name,
                static_cast<unsigned long long>(count.tried), static_cast<unsigned long long>(count.read));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--first") == 0 && i + 1 < argc)
      iteration = std::strtoull(argv[++i], nullptr, 10);
    else
      arguments.emplace_back(argv[i]);
  }
  if (arguments.size() < 3) {
    std::fprintf(stderr, "usage: model_files_fuzz SECONDS SEED FOLDER... [--first N]\n");
    return 2;
  }
  run_seed = std::strtoull(arguments[1].c_str(), nullptr, 10);
  std::vector<Seed> seeds;
  for (size_t i = 2; i < arguments.size(); ++i)
    for (Seed& seed : find_seeds(arguments[i])) seeds.push_back(std::move(seed));
  if (seeds.empty()) {
    std::fprintf(stderr, "model_files_fuzz: no model directories found\n");
    return 2;
  }
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(say_where);
  return run(std::strtod(arguments[0].c_str(), nullptr), seeds);
}
