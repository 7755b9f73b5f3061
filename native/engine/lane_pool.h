// The lanes of a model's replicas. Each is used by one thread at a time and kept for the next.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "replicas.h"

namespace evosift {

class LanePool {
 public:
  struct PooledLane {
    const Decoder* decoder;  // whose lane it is
    std::unique_ptr<Lane> lane;
    int thread;  // that used it last, and may have its memory in its cache
  };

  // A free lane, or a new one where there is none.
  std::unique_ptr<PooledLane> take(const Replicas& replicas, int thread);
  void give_back(std::unique_ptr<PooledLane> lane);
  // Frees those that are not in use.
  void clear();

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<PooledLane>> free_;
  size_t made_ = 0;
};

}  // namespace evosift
