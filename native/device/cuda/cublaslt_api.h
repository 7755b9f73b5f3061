// The entry points of cuBLASLt (12 and 13) that are used, declared here so that neither its headers nor its 600 MB are
// needed to build. Values are those of cublasLt.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace evosift {
namespace cublaslt {

using Handle = void*;
using MatmulDesc = void*;
using MatrixLayout = void*;
using Preference = void*;
using Status = int;

constexpr Status kSuccess = 0;
constexpr Status kNotSupported = 15;

constexpr int kCompute32F = 68;
constexpr int kR32F = 0;
constexpr int kR16BF = 14;

constexpr int kDescTransA = 3;
constexpr int kDescTransB = 4;
constexpr int kDescEpilogue = 7;
constexpr int kDescBiasPointer = 8;
constexpr int kDescBiasDataType = 26;

constexpr int32_t kNoTranspose = 0;
constexpr int32_t kTranspose = 1;

constexpr uint32_t kEpilogueDefault = 1;
constexpr uint32_t kEpilogueBias = 4;
constexpr uint32_t kEpilogueGeluBias = 36;  // the tanh form

constexpr int kPreferenceMaxWorkspace = 1;
constexpr int kPreferenceReductionSchemes = 3;

struct Algorithm {
  uint64_t data[8];
};

struct Heuristic {
  Algorithm algorithm;
  size_t workspace;
  Status status;
  float waves;
  int reserved[4];
};

// Every function, as cublasLt<Name>.
struct Api {
  Status (*Create)(Handle* handle);
  Status (*Destroy)(Handle handle);
  size_t (*GetVersion)();
  Status (*MatmulDescCreate)(MatmulDesc* desc, int compute_type, int scale_type);
  Status (*MatmulDescDestroy)(MatmulDesc desc);
  Status (*MatmulDescSetAttribute)(MatmulDesc desc, int attribute, const void* value, size_t bytes);
  Status (*MatrixLayoutCreate)(MatrixLayout* layout, int type, uint64_t rows, uint64_t cols, int64_t stride);
  Status (*MatrixLayoutDestroy)(MatrixLayout layout);
  Status (*MatmulPreferenceCreate)(Preference* preference);
  Status (*MatmulPreferenceDestroy)(Preference preference);
  Status (*MatmulPreferenceSetAttribute)(Preference preference, int attribute, const void* value, size_t bytes);
  Status (*MatmulAlgoGetHeuristic)(Handle handle, MatmulDesc desc, MatrixLayout a, MatrixLayout b, MatrixLayout c,
                                   MatrixLayout d, Preference preference, int wanted, Heuristic* found, int* count);
  Status (*Matmul)(Handle handle, MatmulDesc desc, const void* alpha, const void* a_data, MatrixLayout a,
                   const void* b_data, MatrixLayout b, const void* beta, const void* c_data, MatrixLayout c,
                   void* d_data, MatrixLayout d, const Algorithm* algorithm, void* workspace, size_t workspace_bytes,
                   void* stream);
};

}  // namespace cublaslt
}  // namespace evosift
