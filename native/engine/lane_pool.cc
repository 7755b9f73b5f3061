#include "lane_pool.h"

#include <algorithm>
#include <utility>

namespace evosift {

std::unique_ptr<LanePool::PooledLane> LanePool::take(const Replicas& replicas, int thread) {
  size_t number;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    auto found = std::find_if(free_.begin(), free_.end(), [&](const auto& lane) { return lane->thread == thread; });
    if (found == free_.end()) found = free_.begin();
    if (found != free_.end()) {
      auto taken = std::move(*found);
      free_.erase(found);
      taken->thread = thread;
      return taken;
    }
    number = made_++;
  }
  // The replicas in turn, so that the first threads are on different devices.
  const Decoder& decoder = *replicas[number % replicas.size()];
  return std::make_unique<PooledLane>(PooledLane{&decoder, decoder.lane(), thread});
}

void LanePool::give_back(std::unique_ptr<PooledLane> lane) {
  const std::lock_guard<std::mutex> lock(mutex_);
  free_.push_back(std::move(lane));
}

void LanePool::clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  free_.clear();
}

}  // namespace evosift
