#include "attention_cuda.h"

namespace evosift {
namespace cuda {

void attention(const AttentionArgs& args, StreamHandle stream) {
  if (args.type == Dtype::bf16)
    attention_bf16(args, stream);
  else
    attention_f32(args, stream);
}

}  // namespace cuda
}  // namespace evosift
