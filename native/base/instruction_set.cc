#include "instruction_set.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string>

#include "error.h"
#include "quote.h"

namespace evosift {

namespace {

constexpr const char* kSwitch = "EVOSIFT_MAX_ISA";
constexpr InstructionSet kAll[] = {InstructionSet::avx2, InstructionSet::avx512, InstructionSet::avx512_bf16,
                                   InstructionSet::avx512_amx};

// The kernel gives a process the tiles' state when it asks for it: Documentation/arch/x86/xstate.rst.
bool may_use_tiles() {
  constexpr long kRequestPermission = 0x1023;
  constexpr long kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

// What processor and system offer. The builtins look at both: at CPUID, and at what the system saves of the registers.
InstructionSet detected() {
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  const bool bf16 = avx512 && __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vnni");
  const bool amx = bf16 && __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16") &&
                   __builtin_cpu_supports("amx-int8") && may_use_tiles();
  if (amx) return InstructionSet::avx512_amx;
  if (bf16) return InstructionSet::avx512_bf16;
  if (avx512) return InstructionSet::avx512;
  return avx2 ? InstructionSet::avx2 : InstructionSet::less;
}

// The most that the user wants. Throws Error bad_argument.
InstructionSet most() {
  const char* given = std::getenv(kSwitch);
  if (given == nullptr || *given == '\0') return InstructionSet::avx512_amx;
  std::string name = given;
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  std::string names;
  for (const InstructionSet set : kAll) {
    if (name == name_of(set)) return set;
    names += (names.empty() ? "" : ", ") + std::string(name_of(set));
  }
  throw Error("bad_argument", std::string(kSwitch) + " is " + quote(given) + "; it must be one of " + names);
}

}  // namespace

InstructionSet instruction_set() {
  static const InstructionSet set = std::min(detected(), most());
  return set;
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
