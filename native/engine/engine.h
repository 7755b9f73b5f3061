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

#include "../graph/decoder.h"
#include "threads.h"

namespace evosift {

// Token sequences end to end; see PackedBatch in src/engine/engine.ts for the contract, which the caller has checked.
struct Batch {
  std::vector<int32_t> tokens, starts, spans;
  bool stats = false, pooled = false;
};

// In span order. Positions that were not computed are NaN.
struct Losses {
  std::vector<float> nll, top1, entropy, pooled;
};

struct EngineInfo {
  std::string architecture, implementation;
  Dtype dtype;
  bool on_cuda;
  int threads;
  int64_t slab_tokens;  // that a thread takes at a time, about
  int64_t step_tokens;  // that a CUDA device computes at a time, and bits depend on; 0 on the CPU
  int64_t vocab, context, hidden, parameters;
  size_t weight_bytes;
  double flops_per_token, flops_per_target;
  std::vector<MatmulUse> matmuls;
};

struct EngineOptions {
  bool auto_dtype = true;
  Dtype dtype = Dtype::f32;
  int threads = 0;                // 0: usable_cores()
  std::vector<int> devices = {};  // CUDA devices, a replica on each and two threads for each; empty: the CPU
  int64_t step_tokens = 0;        // of a CUDA device's step, a multiple of 128; 0: chosen by measuring
};

// A model ready to score. Every callback is called exactly once, on an engine thread (or on the thread that calls close),
// without locks held.
class Engine : public std::enable_shared_from_this<Engine> {
 public:
  // What makes the model, on an engine thread: a directory, or a shape with random weights.
  using Source = std::function<std::pair<Architecture, ModelWeights>()>;
  static Source from_directory(const std::string& directory);
  static Source from_shape(const std::string& config_json, uint64_t seed);

  using Loaded = std::function<void(std::exception_ptr)>;
  using Done = std::function<void(std::exception_ptr, Losses)>;
  using Closed = std::function<void()>;

  ~Engine();

  // `threads` must outlive whatever is in flight. Once they stop, what is in flight is dropped, and nobody is told.
  Engine(Threads& threads, const EngineOptions& options);

  // Starts loading. Fails with Error closed when close() comes first.
  void load(Source source, Loaded loaded);
  // Valid once loaded.
  const EngineInfo& info() const { return info_; }
  const Decoder& decoder() const { return *decoders_.front(); }

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
  struct Slice;
  struct WorkPlace;
  std::unique_ptr<const Decoder> make_decoder(const Architecture& architecture, const ModelWeights& weights,
                                              const DeviceFactory& make_device) const;
  std::vector<std::unique_ptr<const Decoder>> make_decoders(const Architecture& architecture,
                                                            const ModelWeights& weights) const;
  void describe();
  std::unique_ptr<WorkPlace> take_place(int thread);
  void give_back(std::unique_ptr<WorkPlace> place);
  void run_slice(const std::shared_ptr<Job>& job, const Slice& slice, int thread);
  void end_slice(const std::shared_ptr<Job>& job);
  void stop(const std::shared_ptr<Job>& job, const char* code, const char* message);
  void post(uint64_t order, int64_t size, std::function<void(int)> run);
  void leave();

  Threads& threads_;
  const EngineOptions options_;
  const int limit_;

  std::atomic<bool> closing_{false};
  std::mutex mutex_;
  std::map<uint64_t, std::shared_ptr<Job>> jobs_;
  std::vector<std::unique_ptr<WorkPlace>> places_;  // that are free
  size_t places_made_ = 0;
  int tasks_ = 0;  // posted and not ended
  std::vector<Closed> closed_;

  std::vector<std::unique_ptr<const Decoder>> decoders_;  // one a device
  EngineInfo info_{};
};

}  // namespace evosift
