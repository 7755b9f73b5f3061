#include "cublaslt_gemm.h"

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <tuple>
#include <vector>

#include "../../base/error.h"
#include "cublaslt_library.h"
#include "gemm_probe.h"

namespace evosift {
namespace cuda {

namespace {

using namespace cublaslt;

// What NVIDIA recommends for Hopper, and more than earlier devices ask for.
constexpr size_t kWorkspaceBytes = size_t{32} << 20;
constexpr int kCandidates = 16;

int type_of(Dtype type) { return type == Dtype::bf16 ? kR16BF : kR32F; }

void check_status(Status status, const char* what) {
  if (status != kSuccess)
    throw Error("engine_failed", std::string("cuBLASLt: ") + what + " fails with status " + std::to_string(status));
}

// An object of the library: made by Create, let go by Destroy.
template <typename T>
class Owned {
 public:
  template <typename Create, typename... Args>
  Owned(Status (*destroy)(T), const char* what, Create create, Args... args) : destroy_(destroy) {
    check_status(create(&object_, args...), what);
  }
  ~Owned() {
    if (object_) destroy_(object_);
  }
  Owned(Owned&& o) noexcept : object_(o.object_), destroy_(o.destroy_) { o.object_ = nullptr; }
  Owned& operator=(Owned&&) = delete;
  T get() const { return object_; }

 private:
  T object_ = nullptr;
  Status (*destroy_)(T);
};

using Form = GemmProbe::Form;

Form form_of(const GemmArgs& args, bool gelu) {
  return {args.rows, args.out, args.in, args.accumulate, args.bias != nullptr, gelu};
}

struct Less {
  bool operator()(const Form& a, const Form& b) const {
    const auto key = [](const Form& f) { return std::tie(f.rows, f.out, f.in, f.accumulate, f.bias, f.gelu); };
    return key(a) < key(b);
  }
};

// A form in cuBLASLt's terms. It counts columns first, so that the row-major product y = x W^T is its y^T = W x^T.
struct Plan {
  Plan(const Api& api, const Form& form, Dtype dtype)
      : desc(api.MatmulDescDestroy, "MatmulDescCreate", api.MatmulDescCreate, kCompute32F, kR32F),
        w(layout(api, type_of(dtype), form.in, form.out)),
        x(layout(api, type_of(dtype), form.in, form.rows)),
        y(layout(api, form.gelu ? kR16BF : kR32F, form.out, form.rows)) {
    set(api, kDescTransA, kTranspose);
    set(api, kDescTransB, kNoTranspose);
    set(api, kDescEpilogue, form.gelu ? kEpilogueGeluBias : form.bias ? kEpilogueBias : kEpilogueDefault);
    if (form.bias) set(api, kDescBiasDataType, int32_t{kR32F});
  }

  template <typename T>
  void set(const Api& api, int attribute, const T& value) {
    check_status(api.MatmulDescSetAttribute(desc.get(), attribute, &value, sizeof value), "MatmulDescSetAttribute");
  }

  Owned<MatmulDesc> desc;
  Owned<MatrixLayout> w, x, y;
  Algorithm algorithm{};

 private:
  static Owned<MatrixLayout> layout(const Api& api, int type, int64_t rows, int64_t cols) {
    return Owned<MatrixLayout>(api.MatrixLayoutDestroy, "MatrixLayoutCreate", api.MatrixLayoutCreate, type,
                               static_cast<uint64_t>(rows), static_cast<uint64_t>(cols), rows);
  }
};

class CublasLtGemm : public Gemm {
 public:
  CublasLtGemm(const Api& api, Dtype dtype) : api_(api), dtype_(dtype), handle_(api.Destroy, "Create", api.Create) {}

  std::string name() const override { return "cuBLASLt " + version_text(api_.GetVersion()); }
  size_t workspace_bytes() const override { return kWorkspaceBytes; }

  void run(const GemmArgs& args, void* workspace, void* stream) override {
    const Form form = form_of(args, false);
    if (!multiply(form, args, args.y, workspace, stream))
      throw Error("engine_failed", name() + " has no algorithm for " + describe(form) +
                                       " whose rows have the same bits wherever they stand; use `device: cpu`");
  }

  bool run_gelu(const GemmArgs& args, void* y, void* workspace, void* stream) override {
    return dtype_ == Dtype::bf16 && args.bias && multiply(form_of(args, true), args, y, workspace, stream);
  }

 private:
  // False where there is no algorithm.
  bool multiply(const Form& form, const GemmArgs& args, void* y, void* workspace, void* stream) {
    // Enqueuing is brief, and a plan is told where its bias is.
    const std::lock_guard<std::mutex> lock(mutex_);
    auto found = plans_.find(form);
    if (found == plans_.end()) found = plans_.emplace(form, choose(form)).first;
    if (!found->second) return false;
    check_status(launch(*found->second, args, y, workspace, stream), "Matmul");
    return true;
  }

  std::optional<Plan> choose(const Form& form) {
    Plan plan(api_, form, dtype_);
    const std::vector<Algorithm> candidates = candidates_of(plan);
    GemmProbe probe(form, dtype_, kWorkspaceBytes);
    for (const Algorithm& algorithm : candidates) {
      plan.algorithm = algorithm;
      const auto multiply = [&](const GemmArgs& args, void* workspace, void* stream) {
        return launch(plan, args, args.y, workspace, stream) == kSuccess;
      };
      if (probe.rows_agree(multiply)) return plan;
    }
    return std::nullopt;
  }

  std::vector<Algorithm> candidates_of(const Plan& plan) {
    Owned<Preference> preference(api_.MatmulPreferenceDestroy, "MatmulPreferenceCreate", api_.MatmulPreferenceCreate);
    const auto set = [&](int attribute, const auto& value) {
      check_status(api_.MatmulPreferenceSetAttribute(preference.get(), attribute, &value, sizeof value),
                   "MatmulPreferenceSetAttribute");
    };
    set(kPreferenceMaxWorkspace, kWorkspaceBytes);
    set(kPreferenceReductionSchemes, uint32_t{0});  // no split sums
    Heuristic found[kCandidates];
    int count = 0;
    // A form that the library does not know is no failure: it has no algorithms.
    const Status status =
        api_.MatmulAlgoGetHeuristic(handle_.get(), plan.desc.get(), plan.w.get(), plan.x.get(), plan.y.get(),
                                    plan.y.get(), preference.get(), kCandidates, found, &count);
    if (status == kNotSupported) return {};
    check_status(status, "MatmulAlgoGetHeuristic");
    std::vector<Algorithm> algorithms;
    for (int i = 0; i < count; ++i)
      if (found[i].status == kSuccess) algorithms.push_back(found[i].algorithm);
    return algorithms;
  }

  Status launch(Plan& plan, const GemmArgs& args, void* y, void* workspace, void* stream) {
    if (args.bias) plan.set(api_, kDescBiasPointer, args.bias);
    const float alpha = 1, beta = args.accumulate ? 1 : 0;
    return api_.Matmul(handle_.get(), plan.desc.get(), &alpha, args.w, plan.w.get(), args.x, plan.x.get(), &beta, y,
                       plan.y.get(), y, plan.y.get(), &plan.algorithm, workspace, kWorkspaceBytes, stream);
  }

  std::string describe(const Form& form) const {
    return std::to_string(form.rows) + " x " + std::to_string(form.out) + " x " + std::to_string(form.in) +
           (dtype_ == Dtype::bf16 ? " bf16" : " f32");
  }

  const Api& api_;
  const Dtype dtype_;
  const Owned<Handle> handle_;
  std::mutex mutex_;
  std::map<Form, std::optional<Plan>, Less> plans_;
};

// The library would round the inputs of f32 products behind our back.
void refuse_tf32(Dtype dtype) {
  const char* forced = std::getenv("NVIDIA_TF32_OVERRIDE");
  if (dtype == Dtype::f32 && forced && std::strcmp(forced, "1") == 0)
    throw Error("unsupported_dtype",
                "NVIDIA_TF32_OVERRIDE=1 turns f32 matmuls into TF32; unset it, or use `dtype: bf16`");
}

}  // namespace

std::unique_ptr<Gemm> make_cublaslt_gemm(Dtype dtype) {
  const Library& found = library();
  if (!found.found) {
    std::string tried;
    for (const std::string& place : found.tried) tried += "\n  " + place;
    throw Error("unsupported_device",
                "cuBLASLt is not found; mend it with: " + std::string(kRemedy) + "\ntried:" + tried);
  }
  refuse_tf32(dtype);
  return std::make_unique<CublasLtGemm>(found.api, dtype);
}

}  // namespace cuda
}  // namespace evosift
