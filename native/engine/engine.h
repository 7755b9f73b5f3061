// Packed batch in, losses out.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "../model/model_source.h"
#include "batch.h"
#include "engine_options.h"
#include "lane_pool.h"
#include "replicas.h"
#include "slabs.h"
#include "threads.h"

namespace evosift {

struct EngineInfo {
  std::string architecture, implementation;
  Dtype dtype;
  bool on_cuda;
  int threads;
  int64_t slab_tokens;  // that a thread takes at a time, about
  int64_t step_tokens;  // that a CUDA device computes at a time, and bits depend on; 0 on the CPU
  HeadKind head;
  int64_t pad_token;  // see Architecture
  int64_t vocab, context, hidden, parameters;
  size_t weight_bytes;
  double flops_per_token, flops_per_target;
  std::vector<MatmulUse> matmuls;
};

// A model ready to score. Every callback is called exactly once, on an engine thread (or on the thread that calls close),
// without locks held.
class Engine : public std::enable_shared_from_this<Engine> {
 public:
  using Loaded = std::function<void(std::exception_ptr)>;
  using Done = std::function<void(std::exception_ptr, Losses)>;
  using Closed = std::function<void()>;

  ~Engine();

  // `threads` must outlive whatever is in flight. Once they stop, what is in flight is dropped, and nobody is told.
  // Throws Error as settle_matmul_library().
  Engine(Threads& threads, const EngineOptions& options);

  // Starts loading, on an engine thread. Fails with Error closed when close() comes first.
  void load(ModelSource source, Loaded loaded);
  // Valid once loaded.
  const EngineInfo& info() const { return info_; }

  // Seconds that the devices had work in since loading, each for itself; 0 on the CPU. Valid once loaded.
  double busy_seconds() const;

  // Queues a batch; `ticket` is the caller's and names it to cancel().
  void run(uint64_t ticket, Batch batch, Done done);
  // The batch's `done` gets Error aborted, unless it has ended.
  void cancel(uint64_t ticket);
  // Everything in flight gets Error closed; `closed` is called when no thread uses the weights any more, which are then
  // freed. Idempotent.
  void close(Closed closed);

 private:
  struct Job;
  void describe();
  void run_slab(const std::shared_ptr<Job>& job, const SlabRange& range, int thread);
  void end_slab(const std::shared_ptr<Job>& job);
  void stop(const std::shared_ptr<Job>& job, const char* code, const char* message);
  void post(uint64_t order, int64_t size, std::function<void(int)> run);
  void leave();
  void free_weights();

  Threads& threads_;
  const EngineOptions options_;
  const int limit_;

  std::atomic<bool> closing_{false};
  std::mutex mutex_;
  std::map<uint64_t, std::shared_ptr<Job>> jobs_;
  int tasks_ = 0;  // posted and not ended
  std::vector<Closed> closed_;

  Replicas replicas_;
  LanePool lanes_;  // goes before the replicas
  EngineInfo info_{};
};

}  // namespace evosift
