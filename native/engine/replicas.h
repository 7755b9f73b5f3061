// A model on every device that it is to run on.
#pragma once

#include <memory>
#include <vector>

#include "../graph/decoder.h"
#include "engine_options.h"

namespace evosift {

// One a device, alike: a sequence's bits do not depend on the replica that it comes to.
using Replicas = std::vector<std::unique_ptr<const Decoder>>;

// Throws Error closed once `cancelled` turns true, and what the devices throw.
Replicas make_replicas(const Architecture& architecture, const ModelWeights& weights, const EngineOptions& options,
                       const Cancellation& cancelled);

}  // namespace evosift
