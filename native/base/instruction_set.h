// The instruction set that everything on this CPU keeps to.
#pragma once

namespace evosift {

// Each includes those before it; `less`: below AVX2.
enum class InstructionSet { less, avx2, avx512, avx512_bf16, avx512_amx };

// The best of processor and system that EVOSIFT_MAX_ISA, a name below, leaves. Settled at the first call.
// Throws Error bad_argument where the variable names none.
InstructionSet instruction_set();

// Its name above.
const char* name_of(InstructionSet set);

}  // namespace evosift
