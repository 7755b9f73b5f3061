#include "engine.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>
#include <utility>

#include "../base/error.h"
#include "../device/cpu_device.h"
#include "../device/cuda_library.h"

namespace evosift {

namespace {

// Tokens a slab aims at: enough that a tile's tail costs little, few enough that the threads' loads come out even.
constexpr int64_t kSlabTokens = 2048;
constexpr int64_t kSmallestSlab = 256;
// A device computes one thread's slab while it copies the other's.
constexpr int kThreadsPerDevice = 2;

int limit_of(const EngineOptions& options) {
  if (!options.devices.empty()) return kThreadsPerDevice * static_cast<int>(options.devices.size());
  return options.threads > 0 ? options.threads : usable_cores();
}

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error("model_not_found", "cannot read " + path + ": a model directory needs a config.json");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

// A batch in flight.
struct Engine::Job {
  uint64_t ticket;
  Batch batch;
  Done done;
  Losses losses;
  std::vector<int64_t> first_target;  // by sequence: where its losses stand; one more for the end
  std::vector<int64_t> target_positions;
  std::atomic<bool> cancelled{false};
  std::atomic<bool> settled{false};
  std::atomic<int64_t> slices_left{0};
};

// Sequences [from, to) of a job.
struct Engine::Slice {
  int64_t from, to, tokens;
};

// A lane and whose replica it runs.
struct Engine::WorkPlace {
  const Decoder* decoder;
  std::unique_ptr<Lane> lane;
  int thread;  // that used it last, and may have its memory in its cache
};

Engine::Source Engine::from_directory(const std::string& directory) {
  return [directory] {
    Architecture architecture = read_architecture(read_text(directory + "/config.json"));
    auto store = std::make_shared<const TensorStore>(TensorStore::open(directory));
    ModelWeights weights = map_weights(architecture, store);
    return std::make_pair(std::move(architecture), std::move(weights));
  };
}

Engine::Source Engine::from_shape(const std::string& config_json, uint64_t seed) {
  return [config_json, seed] {
    Architecture architecture = read_architecture(config_json);
    ModelWeights weights = random_weights(architecture, seed);
    return std::make_pair(std::move(architecture), std::move(weights));
  };
}

Engine::Engine(Threads& threads, const EngineOptions& options)
    : threads_(threads), options_(options), limit_(limit_of(options)) {
  threads_.grow(limit_);
}

Engine::~Engine() = default;

void Engine::post(uint64_t order, int64_t size, std::function<void(int)> run) {
  threads_.post({order, size, this, limit_, [self = shared_from_this(), run = std::move(run)](int thread) {
                   run(thread);
                   self->leave();
                 }});
}

// A task has ended: after close(), the last one frees the weights.
void Engine::leave() {
  std::vector<Closed> closed;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (--tasks_ > 0 || !closing_) return;
    places_.clear();
    decoders_.clear();
    closed.swap(closed_);
  }
  for (const Closed& c : closed) c();
}

void Engine::load(Source source, Loaded loaded) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++tasks_;
  }
  post(0, 0, [this, source = std::move(source), loaded = std::move(loaded)](int) {
    std::exception_ptr error;
    try {
      if (closing_) throw Error("closed", "the engine was closed before it was loaded");
      const auto [architecture, weights] = source();
      decoders_ = make_decoders(architecture, weights);
      describe();
    } catch (const std::bad_alloc&) {
      error = std::make_exception_ptr(Error("engine_failed", "not enough memory for the model's weights"));
    } catch (...) {
      error = std::current_exception();
    }
    if (!threads_.stopping()) loaded(error);
  });
}

std::unique_ptr<const Decoder> Engine::make_decoder(const Architecture& architecture, const ModelWeights& weights,
                                                    const DeviceFactory& make_device) const {
  return std::make_unique<const Decoder>(architecture, weights, make_device,
                                         Cancellation{closing_, threads_.stopping()});
}

std::vector<std::unique_ptr<const Decoder>> Engine::make_decoders(const Architecture& architecture,
                                                                  const ModelWeights& weights) const {
  const bool on_cuda = !options_.devices.empty();
  const Dtype best = on_cuda ? Dtype::bf16 : best_cpu_dtype();
  const Dtype dtype = options_.auto_dtype ? best : options_.dtype;
  std::vector<std::unique_ptr<const Decoder>> decoders;
  if (!on_cuda) {
    decoders.push_back(
        make_decoder(architecture, weights, [&](const Architecture& a) { return make_cpu_device(a, dtype); }));
    return decoders;
  }
  const CudaLibrary& library = cuda_library(options_.devices);
  int64_t step = options_.step_tokens;
  for (const int device : options_.devices) {
    decoders.push_back(make_decoder(architecture, weights,
                                    [&](const Architecture& a) { return library.device(a, dtype, device, step); }));
    // The first device chooses for all: a sequence's bits must not depend on the replica that it comes to.
    step = decoders.front()->device().tile_rows();
  }
  return decoders;
}

void Engine::describe() {
  const Decoder& d = decoder();
  const Architecture& a = d.architecture();
  const bool on_cuda = !options_.devices.empty();
  info_ = {a.name,
           d.device().implementation(),
           d.device().dtype(),
           on_cuda,
           limit_,
           on_cuda ? d.device().tile_rows() : kSlabTokens,
           on_cuda ? d.device().tile_rows() : 0,
           a.vocab,
           a.context,
           a.hidden,
           d.parameters(),
           d.weight_bytes(),
           d.flops_per_token(),
           d.flops_per_target(),
           d.matmuls()};
}

double Engine::busy_seconds() const {
  double sum = 0;
  for (const auto& d : decoders_) sum += d->device().busy_seconds();
  return sum;
}

void Engine::run(uint64_t ticket, Batch batch, Done done) {
  auto job = std::make_shared<Job>();
  job->ticket = ticket;
  job->batch = std::move(batch);
  job->done = std::move(done);
  const Batch& b = job->batch;
  const int64_t sequences = static_cast<int64_t>(b.starts.size()) - 1;

  // Spans are sorted and stay inside a sequence, so one walk gives each sequence its targets.
  job->first_target.push_back(0);
  size_t span = 0;
  for (int64_t s = 0; s < sequences; ++s) {
    for (; span + 1 < b.spans.size() && b.spans[span] < b.starts[static_cast<size_t>(s) + 1]; span += 2)
      for (int32_t p = b.spans[span]; p < b.spans[span + 1]; ++p) job->target_positions.push_back(p);
    job->first_target.push_back(static_cast<int64_t>(job->target_positions.size()));
  }
  const float nan = std::numeric_limits<float>::quiet_NaN();
  job->losses.nll.assign(job->target_positions.size(), nan);
  if (b.stats) {
    job->losses.top1.assign(job->target_positions.size(), nan);
    job->losses.entropy.assign(job->target_positions.size(), nan);
  }
  if (b.pooled) job->losses.pooled.assign(static_cast<size_t>(std::max<int64_t>(sequences, 0) * info_.hidden), nan);

  // Sequences that nothing is asked of are left out.
  const int64_t total = static_cast<int64_t>(b.tokens.size());
  const int64_t aim = info_.on_cuda ? info_.step_tokens : std::clamp(total / limit_, kSmallestSlab, kSlabTokens);
  std::vector<Slice> slices;
  for (int64_t s = 0; s < sequences; ++s) {
    const auto i = static_cast<size_t>(s);
    const int64_t length = b.starts[i + 1] - b.starts[i];
    const bool wanted = job->first_target[i + 1] > job->first_target[i] || (b.pooled && length > 0);
    if (!wanted) continue;
    if (!slices.empty() && slices.back().to == s && slices.back().tokens + length <= aim) {
      slices.back().to = s + 1;
      slices.back().tokens += length;
    } else {
      slices.push_back({s, s + 1, length});
    }
  }

  {
    std::unique_lock<std::mutex> lock(mutex_);
    if (closing_) {
      lock.unlock();
      job->done(std::make_exception_ptr(Error("closed", "the engine is closed")), {});
      return;
    }
    if (!slices.empty()) {
      jobs_.emplace(ticket, job);
      tasks_ += static_cast<int>(slices.size());
      job->slices_left = static_cast<int64_t>(slices.size());
    }
  }
  if (slices.empty()) return job->done(nullptr, std::move(job->losses));
  for (const Slice& slice : slices)
    post(ticket, slice.tokens, [this, job, slice](int thread) {
      if (!job->cancelled) run_slice(job, slice, thread);
      end_slice(job);
    });
}

void Engine::run_slice(const std::shared_ptr<Job>& job, const Slice& slice, int thread) {
  try {
    const Batch& b = job->batch;
    const auto from = static_cast<size_t>(slice.from), to = static_cast<size_t>(slice.to);
    const int32_t first_token = b.starts[from];
    std::vector<int64_t> starts;
    std::vector<int32_t> positions;
    for (size_t s = from; s <= to; ++s) starts.push_back(b.starts[s] - first_token);
    for (size_t s = from; s < to; ++s)
      for (int32_t p = 0; p < b.starts[s + 1] - b.starts[s]; ++p) positions.push_back(p);

    const int64_t first = job->first_target[from], count = job->first_target[to] - first;
    std::vector<int64_t> targets;
    std::vector<int32_t> target_tokens;
    for (int64_t i = first; i < first + count; ++i) {
      const int64_t p = job->target_positions[static_cast<size_t>(i)];
      targets.push_back(p - first_token);
      target_tokens.push_back(b.tokens[static_cast<size_t>(p)]);
    }

    const Slab slab{b.tokens.data() + first_token, positions.data(), starts.data(), starts.back(),
                    slice.to - slice.from};
    const auto at = [](std::vector<float>& v, int64_t i) { return v.empty() ? nullptr : v.data() + i; };
    Losses& l = job->losses;
    auto place = take_place(thread);
    place->decoder->run(
        *place->lane, slab, {targets.data(), target_tokens.data(), count},
        {{at(l.nll, first), at(l.top1, first), at(l.entropy, first)}, at(l.pooled, slice.from * info_.hidden)},
        {job->cancelled, threads_.stopping()});
    give_back(std::move(place));
  } catch (const std::bad_alloc&) {
    stop(job, "engine_failed", "not enough memory for a sequence of this length");
  } catch (const std::exception& e) {
    stop(job, "engine_failed", e.what());
  }
}

std::unique_ptr<Engine::WorkPlace> Engine::take_place(int thread) {
  size_t number;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    auto place = std::find_if(places_.begin(), places_.end(), [&](const auto& p) { return p->thread == thread; });
    if (place == places_.end()) place = places_.begin();
    if (place != places_.end()) {
      auto taken = std::move(*place);
      places_.erase(place);
      taken->thread = thread;
      return taken;
    }
    number = places_made_++;
  }
  // The replicas in turn, so that the first threads are on different devices.
  const Decoder& decoder = *decoders_[number % decoders_.size()];
  return std::make_unique<WorkPlace>(WorkPlace{&decoder, decoder.lane(), thread});
}

void Engine::give_back(std::unique_ptr<WorkPlace> place) {
  const std::lock_guard<std::mutex> lock(mutex_);
  places_.push_back(std::move(place));
}

void Engine::end_slice(const std::shared_ptr<Job>& job) {
  if (--job->slices_left > 0) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    jobs_.erase(job->ticket);
  }
  if (!threads_.stopping() && !job->settled.exchange(true)) job->done(nullptr, std::move(job->losses));
}

void Engine::stop(const std::shared_ptr<Job>& job, const char* code, const char* message) {
  job->cancelled = true;
  if (!job->settled.exchange(true)) job->done(std::make_exception_ptr(Error(code, message)), {});
}

void Engine::cancel(uint64_t ticket) {
  std::shared_ptr<Job> job;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = jobs_.find(ticket);
    if (found == jobs_.end()) return;
    job = found->second;
  }
  stop(job, "aborted", "the run was aborted");
}

void Engine::close(Closed closed) {
  std::vector<std::shared_ptr<Job>> jobs;
  bool idle;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
    for (const auto& [ticket, job] : jobs_) jobs.push_back(job);
    idle = tasks_ == 0;
    if (idle) {
      places_.clear();
      decoders_.clear();
    } else {
      closed_.push_back(std::move(closed));
    }
  }
  for (const auto& job : jobs) stop(job, "closed", "the engine was closed");
  if (idle) closed();
}

}  // namespace evosift
