// Rotary positions as a config.json gives them: `rope_theta` and `rope_scaling` in the older style, `rope_parameters`
// in the newer, nested by layer type for gemma3.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "architecture.h"
#include "config_table.h"

namespace evosift {

// Fills `ropes` and `rotary_dim`; head_dim and context must be there. Where the ropes differ by layer type, ropes[0] is
// that of full and ropes[1] that of windowed layers; a rotary_dim of 0 leaves no rope.
void read_ropes(const nlohmann::json& config, const ArchitectureEntry& entry, Architecture* architecture);

}  // namespace evosift
