// Where cuBLASLt is on this machine. Needs no CUDA to build: `evosift doctor` asks too.
#pragma once

#include <string>
#include <vector>

#include "cublaslt_api.h"

namespace evosift {
namespace cublaslt {

struct Library {
  bool found = false;
  Api api{};
  std::string path;                // of the file that is loaded
  std::vector<std::string> tried;  // where it is not, or is not whole
};

// Loads cuBLASLt 13 or 12, once a process, and keeps it: the file that EVOSIFT_CUBLASLT names (then no other), one that
// the process has loaded already, the dynamic linker's, CUDA_HOME's (else /usr/local/cuda's), a Python environment's.
const Library& library();

// "13.0.2" of what GetVersion returns.
std::string version_text(size_t version);

// What to do where there is none.
extern const char* const kRemedy;

}  // namespace cublaslt
}  // namespace evosift
