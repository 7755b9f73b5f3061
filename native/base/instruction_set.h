// The instruction set that everything on this CPU keeps to.
#pragma once

namespace evosift {

// Each includes those before it; `less`: below AVX2.
enum class InstructionSet { less, avx2, avx512, avx512_bf16, avx512_amx };

// What oneDNN may use on this machine, so that ONEDNN_MAX_CPU_ISA (DNNL_MAX_CPU_ISA) holds our own kernels to it as well.
InstructionSet instruction_set();

// Its name above.
const char* name_of(InstructionSet set);

}  // namespace evosift
