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

#include "../model/error.h"
#include "bf16.h"
#include "matmul.h"

namespace evosift {

namespace {

using dnnl::memory;

memory::data_type type_of(Dtype t) { return t == Dtype::f32 ? memory::data_type::f32 : memory::data_type::bf16; }

// Never destroyed: threads may be multiplying while static objects are, until they are told to stop.
const dnnl::engine& cpu() {
  static const dnnl::engine& engine = *std::make_unique<dnnl::engine>(dnnl::engine::kind::cpu, 0).release();
  return engine;
}

memory::desc row_major(int64_t rows, int64_t cols, memory::data_type t) {
  return {{rows, cols}, t, memory::format_tag::ab};
}

// What the primitives of a chunk are made for.
struct Form {
  int64_t out, in;
  bool bias, accumulate;
  bool operator<(const Form& o) const {
    return std::tie(out, in, bias, accumulate) < std::tie(o.out, o.in, o.bias, o.accumulate);
  }
};

dnnl::matmul::primitive_desc describe(const Form& f, Dtype dtype, int64_t rows, const memory::desc& weights) {
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

memory::desc any_weights(const Form& f, Dtype dtype) {
  return {{f.in, f.out}, type_of(dtype), memory::format_tag::any};
}

// Memory of 64-byte alignment that oneDNN does not own.
class Buffer {
 public:
  explicit Buffer(size_t bytes = 0)
      : size_(bytes), data_(bytes ? std::aligned_alloc(64, (bytes + 63) / 64 * 64) : nullptr) {
    if (bytes && !data_) throw std::bad_alloc();
  }
  Buffer(Buffer&& o) noexcept : size_(std::exchange(o.size_, 0)), data_(std::exchange(o.data_, nullptr)) {}
  Buffer& operator=(Buffer&& o) noexcept {
    std::swap(size_, o.size_);
    std::swap(data_, o.data_);
    return *this;
  }
  ~Buffer() { std::free(data_); }
  void* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  size_t size_;
  void* data_;
};

}  // namespace

namespace {

// oneDNN's names of instruction sets are sets of bits, each with those of what it includes.
bool isa_includes(dnnl::cpu_isa want) {
  const auto bits = static_cast<unsigned>(want);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & bits) == bits;
}

}  // namespace

MatmulIsa matmul_isa() {
  if (isa_includes(dnnl::cpu_isa::avx512_core_amx)) return MatmulIsa::avx512_amx;
  if (isa_includes(dnnl::cpu_isa::avx512_core_bf16)) return MatmulIsa::avx512_bf16;
  if (isa_includes(dnnl::cpu_isa::avx512_core)) return MatmulIsa::avx512;
  if (isa_includes(dnnl::cpu_isa::avx2)) return MatmulIsa::avx2;
  return MatmulIsa::less;
}

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
    if (scratch_.size() < c.scratch.get_size()) scratch_ = Buffer(c.scratch.get_size());
    const auto nowhere = [](const memory::desc& d) { return memory(d, cpu(), DNNL_MEMORY_NONE); };
    return operands_.emplace(&c, Operands{nowhere(c.x), nowhere(c.y), nowhere(c.scratch)}).first->second;
  }

  dnnl::stream stream_{cpu()};
  Buffer scratch_;
  std::unordered_map<const Compiled*, Operands> operands_;
};

}  // namespace

struct MatmulRunner::Impl {
  Executor executor;
};

MatmulRunner::MatmulRunner() : impl_(std::make_unique<Impl>()) {}
MatmulRunner::~MatmulRunner() = default;

// What the matrices of one form share: the layout of packed weights and a primitive a row count.
struct CompiledForm {
  memory::desc weights;
  std::string implementation;
  std::map<int64_t, Compiled> by_rows;
};

class MatmulShapes {
 public:
  std::map<Form, std::shared_ptr<CompiledForm>> forms;
};

struct PackedLinear::Packed {
  std::shared_ptr<const CompiledForm> form;
  Buffer storage;
  memory weights;
  std::vector<float> bias;
  memory bias_memory;
};

namespace {

Compiled compile(const dnnl::matmul::primitive_desc& d) {
  return {dnnl::matmul(d), d.src_desc(), d.dst_desc(), d.scratchpad_desc()};
}

// What a tile is computed in, where rows may be computed in any number: the most of the largest count, then of the next;
// what is left over is rounded up to the smallest.
constexpr int64_t kRowCounts[] = {Matmuls::kTileRows, 64, 48, 32, 16};

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
std::shared_ptr<CompiledForm> compile_form(const Form& f, Dtype dtype) {
  const auto fixed = describe(f, dtype, Matmuls::kFixedRows, any_weights(f, dtype));
  auto form = std::make_shared<CompiledForm>();
  form->weights = fixed.weights_desc();
  form->implementation = fixed.impl_info_str();
  form->by_rows.emplace(Matmuls::kFixedRows, compile(fixed));
  if (!may_have_any_rows(*form)) return form;
  for (const int64_t rows : kRowCounts)
    if (rows != Matmuls::kFixedRows) form->by_rows.emplace(rows, compile(describe(f, dtype, rows, form->weights)));
  return form;
}

// Reads a matrix as f32 rows, rounds them to the dtype, and puts them in oneDNN's own layout.
void pack_weights(const Form& f, Dtype dtype, const PackedLinear::ReadRows& read, memory& packed,
                  const dnnl::stream& stream) {
  Buffer plain(static_cast<size_t>(f.out * f.in * bytes_of(dtype)));
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
bool rows_are_independent(const CompiledForm& form, const Form& f, Dtype dtype, const memory& weights,
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

}  // namespace

Matmuls::Matmuls(Dtype dtype) : dtype_(dtype), shapes_(std::make_shared<MatmulShapes>()) {}

Matmuls::~Matmuls() = default;

int64_t PackedLinear::chunk_columns(Dtype dtype, const Form& form) {
  if (form.chunk_multiple == 0) return form.out;
  // With its share of x and y, a chunk leaves half of a 2 MiB cache free.
  constexpr int64_t kChunkBytes = 640 * 1024;
  const int64_t columns = kChunkBytes / (form.in * bytes_of(dtype)) / form.chunk_multiple * form.chunk_multiple;
  return std::min(form.out, std::max(columns, form.chunk_multiple));
}

PackedLinear::PackedLinear(Matmuls& matmuls, const Form& whole, const ReadRows& read, const std::vector<float>& bias,
                           MatmulRunner& runner)
    : out_(whole.out), in_(whole.in), matmuls_(&matmuls) {
  const Dtype dtype = matmuls.dtype_;
  const int64_t width = chunk_columns(dtype, whole);
  for (int64_t first = 0; first < whole.out; first += width) {
    const int64_t columns = std::min(width, whole.out - first);
    const evosift::Form f{columns, whole.in, !bias.empty(), whole.accumulate};
    std::shared_ptr<CompiledForm>& form = matmuls.shapes_->forms[f];
    const bool is_new = !form;
    if (is_new) {
      form = compile_form(f, dtype);
      matmuls.implementation_ = form->implementation;
      if (!may_have_any_rows(*form)) matmuls.any_rows_ = false;
    }

    auto packed = std::make_shared<Packed>();
    packed->form = form;
    packed->storage = Buffer(form->weights.get_size());
    packed->weights = memory(form->weights, cpu(), packed->storage.data());
    const auto read_chunk = [&](int64_t row, int64_t count, float* out) { read(first + row, count, out); };
    pack_weights(f, dtype, read_chunk, packed->weights, runner.impl_->executor.stream());
    if (f.bias) {
      packed->bias.assign(bias.begin() + first, bias.begin() + first + columns);
      packed->bias_memory = memory(row_major(1, columns, memory::data_type::f32), cpu(), packed->bias.data());
    }
    if (is_new && !rows_are_independent(*form, f, dtype, packed->weights, f.bias ? &packed->bias_memory : nullptr,
                                        runner.impl_->executor))
      matmuls.any_rows_ = false;
    chunks_.push_back({first, columns});
    packed_.push_back(std::move(packed));
  }
}

void PackedLinear::run(MatmulRunner& runner, size_t chunk, const void* x, int64_t rows, float* y) const {
  const Packed& p = *packed_[chunk];
  const auto multiply = [&](int64_t first, int64_t count) {
    runner.impl_->executor.run(p.form->by_rows.at(count), p.weights, p.bias.empty() ? nullptr : &p.bias_memory,
                               static_cast<const char*>(x) + first * in_ * bytes_of(matmuls_->dtype_),
                               y + first * chunks_[chunk].columns);
  };
  int64_t done = 0;
  if (!matmuls_->any_rows_) {
    for (; done < rows; done += Matmuls::kFixedRows) multiply(done, Matmuls::kFixedRows);
    return;
  }
  const int64_t padded = round_up(rows, *std::prev(std::end(kRowCounts)));
  for (const int64_t count : kRowCounts)
    for (; padded - done >= count; done += count) multiply(done, count);
}

size_t PackedLinear::bytes() const {
  size_t sum = 0;
  for (const auto& p : packed_) sum += p->storage.size();
  return sum;
}

void warm_up_matmul() {
  // Through everything that a model does: packing, the probe of every row count, multiplying.
  constexpr int64_t kSize = 64;
  const auto zeros = [](int64_t, int64_t count, float* out) { std::fill_n(out, count * kSize, 0.0f); };
  std::vector<Dtype> dtypes{Dtype::f32};
  if (matmul_isa() >= MatmulIsa::avx512_bf16) dtypes.push_back(Dtype::bf16);
  for (const Dtype dtype : dtypes) {
    Matmuls matmuls(dtype);
    MatmulRunner runner;
    const PackedLinear linear(matmuls, {kSize, kSize, false, 0}, zeros, {}, runner);
  }
}

double measure_matmul(Dtype dtype, int64_t rows, int64_t out, int64_t in, int threads, bool parallel_inside,
                      double seconds) {
  using Clock = std::chrono::steady_clock;
  const Form f{out, in, false, false};
  const int workers = parallel_inside ? 1 : threads;
  // Weights are shared, as they are in the engine.
  const auto d = describe(f, dtype, rows, any_weights(f, dtype));
  const Compiled c = compile(d);
  Buffer packed(d.weights_desc().get_size());
  std::memset(packed.data(), 0, packed.size());
  fill_noise(dtype, packed.data(), std::min<int64_t>(out * in, static_cast<int64_t>(packed.size()) / bytes_of(dtype)),
             7);
  const memory weights(d.weights_desc(), cpu(), packed.data());

  std::atomic<int> ready{0};
  std::vector<double> rates(static_cast<size_t>(workers));
  const auto work = [&](int worker) {
    omp_set_num_threads(parallel_inside ? threads : 1);
    Executor executor;
    Buffer x(static_cast<size_t>(rows * in * bytes_of(dtype))), y(static_cast<size_t>(rows * out) * 4);
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
  return total;
}

}  // namespace evosift
