#include "instruction_set.h"

#include <dnnl.hpp>

namespace evosift {

namespace {

// oneDNN's names of instruction sets are sets of bits, each with those of what it includes.
bool may_use(dnnl::cpu_isa want) {
  const auto bits = static_cast<unsigned>(want);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & bits) == bits;
}

}  // namespace

InstructionSet instruction_set() {
  if (may_use(dnnl::cpu_isa::avx512_core_amx)) return InstructionSet::avx512_amx;
  if (may_use(dnnl::cpu_isa::avx512_core_bf16)) return InstructionSet::avx512_bf16;
  if (may_use(dnnl::cpu_isa::avx512_core)) return InstructionSet::avx512;
  if (may_use(dnnl::cpu_isa::avx2)) return InstructionSet::avx2;
  return InstructionSet::less;
}

const char* name_of(InstructionSet set) {
  switch (set) {
    case InstructionSet::avx512_amx: return "avx512_amx";
    case InstructionSet::avx512_bf16: return "avx512_bf16";
    case InstructionSet::avx512: return "avx512";
    case InstructionSet::avx2: return "avx2";
    case InstructionSet::less: break;
  }
  return "less";
}

}  // namespace evosift
