#include "replicas.h"

#include "../device/cpu_device.h"
#include "../device/cuda_library.h"

namespace evosift {

Replicas make_replicas(const Architecture& architecture, const ModelWeights& weights, const EngineOptions& options,
                       const Cancellation& cancelled) {
  const Dtype best = options.on_cuda() ? Dtype::bf16 : best_cpu_dtype();
  const Dtype dtype = options.auto_dtype ? best : options.dtype;
  Replicas replicas;
  const auto add = [&](const DeviceFactory& make_device) {
    replicas.push_back(std::make_unique<const Decoder>(architecture, weights, make_device, cancelled));
  };
  if (!options.on_cuda()) {
    add([&](const Architecture& a) { return make_cpu_device(a, dtype); });
    return replicas;
  }
  const CudaLibrary& library = cuda_library(options.devices);
  int64_t step = options.step_tokens;
  for (const int device : options.devices) {
    add([&](const Architecture& a) { return library.device(a, dtype, device, step); });
    // The first device chooses for all: bits depend on a step's tokens.
    step = replicas.front()->device().tile_rows();
  }
  return replicas;
}

}  // namespace evosift
