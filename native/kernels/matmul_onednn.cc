#include "matmul_onednn.h"

#include <malloc.h>
#include <omp.h>
#include <dnnl.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "../base/aligned_memory.h"
#include "../base/bf16.h"
#include "../base/error.h"
#include "../base/instruction_set.h"

namespace evosift {

namespace {

using dnnl::memory;

memory::data_type type_of(Dtype t) { return t == Dtype::f32 ? memory::data_type::f32 : memory::data_type::bf16; }

// It has no set below AVX2 that we would run on.
dnnl::cpu_isa isa_of(InstructionSet set) {
  if (set >= InstructionSet::avx512_amx) return dnnl::cpu_isa::avx512_core_amx;
  if (set >= InstructionSet::avx512_bf16) return dnnl::cpu_isa::avx512_core_bf16;
  if (set >= InstructionSet::avx512) return dnnl::cpu_isa::avx512_core;
  return dnnl::cpu_isa::avx2;
}

// Has oneDNN keep to the set that everything keeps to, whatever its own environment variables say. It takes that before
// its first use in the process, which may have been somebody else's; then it must not go further by itself.
void hold_down(InstructionSet set) {
  if (dnnl::set_max_cpu_isa(isa_of(set)) == dnnl::status::success || set == InstructionSet::avx512_amx) return;
  // oneDNN's names of sets are sets of bits, each with those of what it includes.
  const auto next = static_cast<unsigned>(isa_of(static_cast<InstructionSet>(static_cast<int>(set) + 1)));
  if ((static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & next) == next)
    throw Error("engine_failed", "oneDNN was used before its instruction set was settled");
}

// Never destroyed: threads may be multiplying while static objects are, until they are told to stop.
const dnnl::engine& cpu() {
  static const dnnl::engine& engine = *[] {
    hold_down(instruction_set());
    return std::make_unique<dnnl::engine>(dnnl::engine::kind::cpu, 0).release();
  }();
  return engine;
}

memory::desc row_major(int64_t rows, int64_t cols, memory::data_type t) {
  return {{rows, cols}, t, memory::format_tag::ab};
}

// What the primitives of a chunk are made for.
struct Shape {
  int64_t out, in;
  bool bias, accumulate;
  bool operator<(const Shape& o) const {
    return std::tie(out, in, bias, accumulate) < std::tie(o.out, o.in, o.bias, o.accumulate);
  }
};

dnnl::matmul::primitive_desc describe(const Shape& f, Dtype dtype, int64_t rows, const memory::desc& weights) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (f.accumulate) {
    dnnl::post_ops ops;
    ops.append_sum(1.0f);
    attributes.set_post_ops(ops);
  }
  const memory::desc x = row_major(rows, f.in, type_of(dtype));
  const memory::desc y = row_major(rows, f.out, memory::data_type::f32);
  const memory::desc b = row_major(1, f.out, memory::data_type::f32);
#if DNNL_VERSION_MAJOR >= 3
  if (f.bias) return {cpu(), x, weights, b, y, attributes};
  return {cpu(), x, weights, y, attributes};
#else
  if (f.bias) return {dnnl::matmul::desc(x, weights, b, y), attributes, cpu()};
  return {dnnl::matmul::desc(x, weights, y), attributes, cpu()};
#endif
}

memory::desc any_weights(const Shape& f, Dtype dtype) {
  return {{f.in, f.out}, type_of(dtype), memory::format_tag::any};
}

}  // namespace

void settle_matmul_library() { cpu(); }

std::string matmul_library_version() {
  const dnnl_version_t* v = dnnl_version();
  return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
}

namespace {

struct Compiled {
  dnnl::matmul primitive;
  memory::desc x, y, scratch;
};

// One thread's executions. A primitive's operands are made once and only pointed elsewhere later: making oneDNN's objects
// for each call costs as much as a norm.
class Executor {
 public:
  void run(const Compiled& c, const memory& weights, const memory* bias, const void* x, float* y) {
    const auto found = operands_.find(&c);
    Operands& o = found != operands_.end() ? found->second : add(c);
    o.x.set_data_handle(const_cast<void*>(x));
    o.y.set_data_handle(y);
    o.scratch.set_data_handle(scratch_.data());
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, o.x.get()},
                                         {DNNL_ARG_WEIGHTS, weights.get()},
                                         {DNNL_ARG_DST, o.y.get()},
                                         {DNNL_ARG_SCRATCHPAD, o.scratch.get()},
                                         {DNNL_ARG_BIAS, bias ? bias->get() : nullptr}};
    dnnl::error::wrap_c_api(dnnl_primitive_execute(c.primitive.get(), stream_.get(), bias ? 5 : 4, arguments),
                            "could not multiply");
  }

  const dnnl::stream& stream() const { return stream_; }

 private:
  struct Operands {
    memory x, y, scratch;
  };

  Operands& add(const Compiled& c) {
    if (scratch_.size() < c.scratch.get_size()) scratch_ = AlignedMemory(c.scratch.get_size());
    const auto nowhere = [](const memory::desc& d) { return memory(d, cpu(), DNNL_MEMORY_NONE); };
    return operands_.emplace(&c, Operands{nowhere(c.x), nowhere(c.y), nowhere(c.scratch)}).first->second;
  }

  dnnl::stream stream_{cpu()};
  AlignedMemory scratch_;
  std::unordered_map<const Compiled*, Operands> operands_;
};

}  // namespace

struct MatmulRunner::Impl {
  Executor executor;
};

MatmulRunner::MatmulRunner() : impl_(std::make_unique<Impl>()) {}
MatmulRunner::~MatmulRunner() = default;

namespace {

// Rows of a tile where rows may not be computed in any number.
constexpr int64_t kFixedRows = 64;

// What the matrices of one form share: the layout of packed weights and a primitive a row count.
struct CompiledForm {
  memory::desc weights;
  std::string implementation;
  std::map<int64_t, Compiled> by_rows;
};

Compiled compile(const dnnl::matmul::primitive_desc& d) {
  return {dnnl::matmul(d), d.src_desc(), d.dst_desc(), d.scratchpad_desc()};
}

// What a tile is computed in, where rows may be computed in any number: the most of the largest count, then of the next;
// what is left over is rounded up to the smallest.
constexpr int64_t kRowCounts[] = {128, 64, 48, 32, 16};

float noise(uint64_t i) {
  i = (i + 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
  i ^= i >> 29;
  i *= 0x94d049bb133111ebu;
  return static_cast<float>(static_cast<int64_t>(i >> 40)) / static_cast<float>(1 << 24) - 0.5f;
}

void fill_noise(Dtype dtype, void* out, int64_t n, uint64_t seed) {
  for (int64_t i = 0; i < n; ++i) {
    const float v = noise(seed + static_cast<uint64_t>(i));
    if (dtype == Dtype::f32)
      static_cast<float*>(out)[i] = v;
    else
      static_cast<bf16*>(out)[i] = to_bf16(v);
  }
}

// oneDNN's brgemm kernels may be run with any number of rows; others are not even tried.
bool may_have_any_rows(const CompiledForm& form) { return form.implementation.rfind("brg", 0) == 0; }

// Primitives for kFixedRows and, where the implementation may allow it, for the other row counts.
std::shared_ptr<CompiledForm> compile_form(const Shape& f, Dtype dtype) {
  const auto fixed = describe(f, dtype, kFixedRows, any_weights(f, dtype));
  auto form = std::make_shared<CompiledForm>();
  form->weights = fixed.weights_desc();
  form->implementation = fixed.impl_info_str();
  form->by_rows.emplace(kFixedRows, compile(fixed));
  if (!may_have_any_rows(*form)) return form;
  for (const int64_t rows : kRowCounts)
    if (rows != kFixedRows) form->by_rows.emplace(rows, compile(describe(f, dtype, rows, form->weights)));
  return form;
}

// Reads a matrix as f32 rows, rounds them to the dtype, and puts them in oneDNN's own layout.
void pack_weights(const Shape& f, Dtype dtype, const ReadRows& read, memory& packed, const dnnl::stream& stream) {
  AlignedMemory plain(static_cast<size_t>(f.out * f.in * bytes_of(dtype)));
  constexpr int64_t kRowsAtATime = 256;
  std::vector<float> rows;
  for (int64_t r = 0; r < f.out; r += kRowsAtATime) {
    const int64_t n = std::min(kRowsAtATime, f.out - r);
    if (dtype == Dtype::f32) {
      read(r, n, static_cast<float*>(plain.data()) + r * f.in);
      continue;
    }
    rows.resize(static_cast<size_t>(n * f.in));
    read(r, n, rows.data());
    bf16* to = static_cast<bf16*>(plain.data()) + r * f.in;
    for (int64_t i = 0; i < n * f.in; ++i) to[i] = to_bf16(rows[static_cast<size_t>(i)]);
  }
  memory stored({{f.in, f.out}, type_of(dtype), memory::format_tag::ba}, cpu(), plain.data());
  dnnl::reorder(stored, packed).execute(stream, stored, packed);
  dnnl::stream(stream).wait();
}

// Whether a row's bits are the same wherever it stands in a tile and however many rows the tile has.
bool rows_are_independent(const CompiledForm& form, const Shape& f, Dtype dtype, const memory& weights,
                          const memory* bias, Executor& executor) {
  const int64_t tile_rows = form.by_rows.rbegin()->first;
  const size_t row_bytes = static_cast<size_t>(f.in * bytes_of(dtype));
  std::vector<char> x(static_cast<size_t>(tile_rows) * row_bytes), turned(x.size());
  fill_noise(dtype, x.data(), tile_rows * f.in, 1);
  std::vector<float> y(static_cast<size_t>(tile_rows * f.out)), z(y.size());
  executor.run(form.by_rows.at(tile_rows), weights, bias, x.data(), y.data());
  for (const auto& [rows, compiled] : form.by_rows) {
    for (const int64_t shift : {int64_t{0}, int64_t{5}, tile_rows - 1}) {
      for (int64_t r = 0; r < rows; ++r)
        std::memcpy(turned.data() + static_cast<size_t>(r) * row_bytes,
                    x.data() + static_cast<size_t>((r + shift) % tile_rows) * row_bytes, row_bytes);
      std::fill(z.begin(), z.end(), 0.0f);
      executor.run(compiled, weights, bias, turned.data(), z.data());
      for (int64_t r = 0; r < rows; ++r)
        if (std::memcmp(&z[static_cast<size_t>(r * f.out)], &y[static_cast<size_t>((r + shift) % tile_rows * f.out)],
                        static_cast<size_t>(f.out) * sizeof(float)) != 0)
          return false;
    }
  }
  return true;
}

class OneDnnMatmuls : public Matmuls {
 public:
  explicit OneDnnMatmuls(Dtype dtype) : dtype_(dtype) {}
  Dtype dtype() const override { return dtype_; }
  std::string implementation() const override { return "oneDNN " + matmul_library_version() + " " + implementation_; }
  bool any_rows() const { return any_rows_; }

  std::unique_ptr<const PackedChunk> pack(const Matmuls::Form& form, const ReadRows& read,
                                          const std::vector<float>& bias, MatmulRunner& runner) override;

 private:
  Dtype dtype_;
  bool any_rows_ = true;
  std::string implementation_;  // of the last packed matrix
  std::map<Shape, std::shared_ptr<const CompiledForm>> forms_;
};

class OneDnnChunk : public PackedChunk {
 public:
  OneDnnChunk(const OneDnnMatmuls& matmuls, const Shape& f, std::shared_ptr<const CompiledForm> form,
              const ReadRows& read, const std::vector<float>& bias, Executor& executor)
      : matmuls_(matmuls),
        f_(f),
        form_(std::move(form)),
        storage_(form_->weights.get_size()),
        weights_(form_->weights, cpu(), storage_.data()),
        bias_(bias) {
    pack_weights(f, matmuls.dtype(), read, weights_, executor.stream());
    if (f.bias) bias_memory_ = memory(row_major(1, f.out, memory::data_type::f32), cpu(), bias_.data());
  }

  bool has_independent_rows(Executor& executor) const {
    return rows_are_independent(*form_, f_, matmuls_.dtype(), weights_, bias_or_null(), executor);
  }

  void run(MatmulRunner& runner, const void* x, int64_t rows, float* y) const override {
    const auto multiply = [&](int64_t first, int64_t count) {
      runner.impl().executor.run(form_->by_rows.at(count), weights_, bias_or_null(),
                                 static_cast<const char*>(x) + first * f_.in * bytes_of(matmuls_.dtype()),
                                 y + first * f_.out);
    };
    int64_t done = 0;
    if (!matmuls_.any_rows()) {
      for (; done < rows; done += kFixedRows) multiply(done, kFixedRows);
      return;
    }
    const int64_t padded = round_up(rows, *std::prev(std::end(kRowCounts)));
    for (const int64_t count : kRowCounts)
      for (; padded - done >= count; done += count) multiply(done, count);
  }

  size_t bytes() const override { return storage_.size(); }

 private:
  const memory* bias_or_null() const { return f_.bias ? &bias_memory_ : nullptr; }

  const OneDnnMatmuls& matmuls_;
  Shape f_;
  std::shared_ptr<const CompiledForm> form_;
  AlignedMemory storage_;
  memory weights_;
  std::vector<float> bias_;
  memory bias_memory_;
};

std::unique_ptr<const PackedChunk> OneDnnMatmuls::pack(const Matmuls::Form& form, const ReadRows& read,
                                                       const std::vector<float>& bias, MatmulRunner& runner) {
  const Shape f{form.out, form.in, !bias.empty(), form.accumulate};
  std::shared_ptr<const CompiledForm>& compiled = forms_[f];
  const bool is_new = !compiled;
  if (is_new) {
    compiled = compile_form(f, dtype_);
    implementation_ = compiled->implementation;
    if (!may_have_any_rows(*compiled)) any_rows_ = false;
  }
  Executor& executor = runner.impl().executor;
  auto chunk = std::make_unique<OneDnnChunk>(*this, f, compiled, read, bias, executor);
  if (is_new && !chunk->has_independent_rows(executor)) any_rows_ = false;
  return chunk;
}

}  // namespace

std::unique_ptr<Matmuls> make_onednn_matmuls(Dtype dtype) { return std::make_unique<OneDnnMatmuls>(dtype); }

void warm_up_matmul() {
  // Through everything that a model does: packing, the probe of every row count, multiplying.
  constexpr int64_t kSize = 64;
  const auto zeros = [](int64_t, int64_t count, float* out) { std::fill_n(out, count * kSize, 0.0f); };
  std::vector<Dtype> dtypes{Dtype::f32};
  if (instruction_set() >= InstructionSet::avx512_bf16) dtypes.push_back(Dtype::bf16);
  for (const Dtype dtype : dtypes) {
    OneDnnMatmuls matmuls(dtype);
    MatmulRunner runner;
    matmuls.pack({kSize, kSize, false}, zeros, {}, runner);
  }
}

double measure_matmul(Dtype dtype, int64_t rows, int64_t out, int64_t in, int threads, bool parallel_inside,
                      double seconds) {
  using Clock = std::chrono::steady_clock;
  const Shape f{out, in, false, false};
  const int workers = parallel_inside ? 1 : threads;
  // Weights are shared, as they are in the engine.
  const auto d = describe(f, dtype, rows, any_weights(f, dtype));
  const Compiled c = compile(d);
  AlignedMemory packed(d.weights_desc().get_size());
  std::memset(packed.data(), 0, packed.size());
  fill_noise(dtype, packed.data(), std::min<int64_t>(out * in, static_cast<int64_t>(packed.size()) / bytes_of(dtype)),
             7);
  const memory weights(d.weights_desc(), cpu(), packed.data());

  std::atomic<int> ready{0};
  std::vector<double> rates(static_cast<size_t>(workers));
  const auto work = [&](int worker) {
    omp_set_num_threads(parallel_inside ? threads : 1);
    Executor executor;
    AlignedMemory x(static_cast<size_t>(rows * in * bytes_of(dtype))), y(static_cast<size_t>(rows * out) * 4);
    fill_noise(dtype, x.data(), rows * in, 3);
    const auto once = [&] { executor.run(c, weights, nullptr, x.data(), static_cast<float*>(y.data())); };
    once();
    ++ready;
    while (ready < workers) std::this_thread::yield();
    const auto start = Clock::now();
    int64_t runs = 0;
    double spent = 0;
    do {
      once();
      ++runs;
      spent = std::chrono::duration<double>(Clock::now() - start).count();
    } while (spent < seconds);
    rates[static_cast<size_t>(worker)] = 2.0 * static_cast<double>(rows * out * in * runs) / spent * 1e-9;
  };
  std::vector<std::thread> team;
  for (int i = 0; i < workers; ++i) team.emplace_back(work, i);
  for (auto& t : team) t.join();
  double total = 0;
  for (const double r : rates) total += r;
  // What is measured beside this must not be charged with memory that the threads' heaps keep.
  malloc_trim(0);
  return total;
}

}  // namespace evosift
