// What stands on a decoder: the output matrix of a language model, or a classifier's one row.
#pragma once

#include "architecture.h"
#include "config_reader.h"

namespace evosift {

// The head that `architectures` names: ...ForSequenceClassification with one label is a reward, all else a language
// model. Throws Error bad_config, and unsupported_architecture for heads of other kinds, which it names.
void read_head(const ConfigReader& config, Architecture* a);

}  // namespace evosift
