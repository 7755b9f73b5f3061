#include "engine.h"

#include <algorithm>
#include <utility>

#include "../base/cores.h"
#include "../base/error.h"
#include "../kernels/matmul_onednn.h"

namespace evosift {

namespace {

// Tokens a slab aims at: enough that a tile's tail costs little, few enough that the threads' loads come out even.
constexpr int64_t kSlabTokens = 2048;
constexpr int64_t kSmallestSlab = 256;
// A device computes one thread's slab while it copies the other's.
constexpr int kThreadsPerDevice = 2;

int limit_of(const EngineOptions& options) {
  if (options.on_cuda()) return kThreadsPerDevice * static_cast<int>(options.devices.size());
  return options.threads > 0 ? options.threads : usable_cores();
}

}  // namespace

// A batch in flight.
struct Engine::Job {
  Job(uint64_t t, Batch b, const EngineInfo& info, Done d)
      : ticket(t), batch(std::move(b), info.hidden, info.pad_token), done(std::move(d)) {}

  const uint64_t ticket;
  SlabbedBatch batch;
  const Done done;
  std::atomic<bool> cancelled{false};
  std::atomic<bool> settled{false};
  std::atomic<int64_t> slabs_left{0};
};

Engine::Engine(Threads& threads, const EngineOptions& options)
    : threads_(threads), options_(options), limit_(limit_of(options)) {
  settle_matmul_library();
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
    free_weights();
    closed.swap(closed_);
  }
  for (const Closed& c : closed) c();
}

void Engine::free_weights() {
  lanes_.clear();
  replicas_.clear();
}

void Engine::load(ModelSource source, Loaded loaded) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++tasks_;
  }
  post(0, 0, [this, source = std::move(source), loaded = std::move(loaded)](int) {
    std::exception_ptr error;
    try {
      if (closing_) throw Error("closed", "the engine was closed before it was loaded");
      const auto [architecture, weights] = source();
      replicas_ = make_replicas(architecture, weights, options_, {closing_, threads_.stopping()});
      describe();
    } catch (const std::bad_alloc&) {
      error = std::make_exception_ptr(Error("engine_failed", "not enough memory for the model's weights"));
    } catch (...) {
      error = std::current_exception();
    }
    if (!threads_.stopping()) loaded(error);
  });
}

void Engine::describe() {
  const Decoder& d = *replicas_.front();
  const Architecture& a = d.architecture();
  const bool on_cuda = options_.on_cuda();
  info_ = {a.name,
           d.device().implementation(),
           d.device().dtype(),
           on_cuda,
           limit_,
           on_cuda ? d.device().tile_rows() : kSlabTokens,
           on_cuda ? d.device().tile_rows() : 0,
           a.head,
           a.pad_token,
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
  for (const auto& d : replicas_) sum += d->device().busy_seconds();
  return sum;
}

void Engine::run(uint64_t ticket, Batch batch, Done done) {
  const auto job = std::make_shared<Job>(ticket, std::move(batch), info_, std::move(done));
  const int64_t even = std::clamp(job->batch.tokens() / limit_, kSmallestSlab, kSlabTokens);
  const std::vector<SlabRange> slabs = job->batch.slabs(info_.on_cuda ? info_.step_tokens : even);
  {
    std::unique_lock<std::mutex> lock(mutex_);
    if (closing_) {
      lock.unlock();
      job->done(std::make_exception_ptr(Error("closed", "the engine is closed")), {});
      return;
    }
    if (!slabs.empty()) {
      jobs_.emplace(ticket, job);
      tasks_ += static_cast<int>(slabs.size());
      job->slabs_left = static_cast<int64_t>(slabs.size());
    }
  }
  if (slabs.empty()) return job->done(nullptr, job->batch.take_losses());
  for (const SlabRange& slab : slabs)
    post(ticket, slab.tokens, [this, job, slab](int thread) {
      if (!job->cancelled) run_slab(job, slab, thread);
      end_slab(job);
    });
}

void Engine::run_slab(const std::shared_ptr<Job>& job, const SlabRange& range, int thread) {
  try {
    auto taken = lanes_.take(replicas_, thread);
    job->batch.score(range, *taken->decoder, *taken->lane, {job->cancelled, threads_.stopping()});
    lanes_.give_back(std::move(taken));
  } catch (const std::bad_alloc&) {
    stop(job, "engine_failed", "not enough memory for a sequence of this length");
  } catch (const std::exception& e) {
    stop(job, "engine_failed", e.what());
  }
}

void Engine::end_slab(const std::shared_ptr<Job>& job) {
  if (--job->slabs_left > 0) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    jobs_.erase(job->ticket);
  }
  if (!threads_.stopping() && !job->settled.exchange(true)) job->done(nullptr, job->batch.take_losses());
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
      free_weights();
    } else {
      closed_.push_back(std::move(closed));
    }
  }
  for (const auto& job : jobs) stop(job, "closed", "the engine was closed");
  if (idle) closed();
}

}  // namespace evosift
