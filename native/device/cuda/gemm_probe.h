// Whether a matmul's rows have the same bits wherever they stand: tried with rows that are all alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "../../base/dtype.h"
#include "gemm.h"
#include "runtime.h"

namespace evosift {
namespace cuda {

// Operands of one shape on the device.
class GemmProbe {
 public:
  struct Form {
    int64_t rows, out, in;
    bool accumulate, bias;
    bool gelu = false;  // to bf16
  };
  GemmProbe(const Form& form, Dtype dtype, size_t workspace_bytes);

  // Has `multiply` queue y = x W^T; false where it returns false, or where a row of y differs from the first.
  bool rows_agree(const std::function<bool(const GemmArgs& args, void* workspace, void* stream)>& multiply);

 private:
  bool all_like_the_first();
  // Of a row of y.
  size_t row_bytes() const { return static_cast<size_t>(form_.out * (form_.gelu ? 2 : 4)); }

  Form form_;
  Stream stream_;
  DeviceMemory x_, w_, bias_, y_, workspace_;
};

}  // namespace cuda
}  // namespace evosift
