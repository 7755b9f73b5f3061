// Tests of the engine without Node, so that sanitizers see nothing else.
//
// usage: engine_test --models DIR [--cycles N] [TEST...]
// DIR holds model directories, each with config.json, model.safetensors and goldens.jsonl.
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <random>

#include "../base/error.h"
#include "../device/cpu_device.h"
#include "engine_runs.h"
#include "goldens.h"

namespace evosift {
namespace {

using namespace test;

Batch pack(const std::vector<Golden>& goldens, const std::vector<size_t>& order) {
  Batch b;
  b.starts.push_back(0);
  for (const size_t i : order) {
    const auto& ids = goldens[i].ids;
    const auto start = static_cast<int32_t>(b.tokens.size());
    b.tokens.insert(b.tokens.end(), ids.begin(), ids.end());
    b.starts.push_back(static_cast<int32_t>(b.tokens.size()));
    b.spans.insert(b.spans.end(), {start + 1, static_cast<int32_t>(b.tokens.size())});
  }
  b.stats = b.pooled = true;
  return b;
}

template <typename F>
std::string code_of(F&& body) {
  try {
    body();
  } catch (const Error& e) {
    return e.code();
  }
  return "no error";
}

// f32 losses are those of the goldens, within what f32 can do at losses of that size.
void check_goldens(Threads& threads, const std::string& model) {
  const auto goldens = read_goldens(model);
  const auto engine = load(threads, model, Dtype::f32, 2);
  const Losses l = start(*engine, 1, pack(goldens, in_order(goldens.size()))).get();
  // Gemma's losses are 20 to 60 nats, where HF's own f32 is up to 2e-4 away.
  const double tolerance = model.find("gemma") != std::string::npos ? 5e-4 : 1e-4;
  size_t at = 0;
  for (const Golden& g : goldens)
    for (const double want : g.nll) {
      const double got = static_cast<double>(l.nll[at++]);
      CHECK_EQUAL(std::abs(got - want) <= tolerance, true, model + ": " + std::to_string(want));
    }
  CHECK_EQUAL(at, l.nll.size(), model);
  close(*engine);
}

bool same_bits(const float* a, const float* b, size_t n) { return std::memcmp(a, b, n * sizeof(float)) == 0; }

// A sequence has the same bits alone, packed, in another order and with another number of threads.
void check_bits(Threads& threads, const std::string& model, Dtype dtype) {
  const auto goldens = read_goldens(model);
  const auto hidden = [&](const Engine& e) { return static_cast<size_t>(e.info().hidden); };
  const auto one = load(threads, model, dtype, 1), two = load(threads, model, dtype, 2);
  const Losses packed = start(*one, 1, pack(goldens, in_order(goldens.size()))).get();
  std::vector<size_t> first(goldens.size() + 1, 0);
  for (size_t i = 0; i < goldens.size(); ++i) first[i + 1] = first[i] + goldens[i].nll.size();
  const auto check_sequence = [&](const Losses& l, size_t at, size_t place, size_t i) {
    const size_t n = goldens[i].nll.size();
    CHECK_EQUAL(same_bits(&l.nll[at], &packed.nll[first[i]], n), true, model);
    CHECK_EQUAL(same_bits(&l.top1[at], &packed.top1[first[i]], n), true, model);
    CHECK_EQUAL(same_bits(&l.entropy[at], &packed.entropy[first[i]], n), true, model);
    CHECK_EQUAL(same_bits(&l.pooled[place * hidden(*one)], &packed.pooled[i * hidden(*one)], hidden(*one)), true,
                model);
  };
  for (size_t i = 0; i < goldens.size(); ++i) check_sequence(start(*two, 10 + i, pack(goldens, {i})).get(), 0, 0, i);
  std::mt19937 random(1);
  for (int round = 0; round < 3; ++round) {
    auto order = in_order(goldens.size());
    std::shuffle(order.begin(), order.end(), random);
    const Losses l = start(*two, 100 + static_cast<uint64_t>(round), pack(goldens, order)).get();
    size_t at = 0;
    for (size_t place = 0; place < order.size(); ++place) {
      check_sequence(l, at, place, order[place]);
      at += goldens[order[place]].nll.size();
    }
  }
  close(*one);
  close(*two);
}

// Every batch in flight settles, whatever cancels it, and in every order of load and close.
void check_endings(Threads& threads, const std::string& model) {
  const auto goldens = read_goldens(model);
  const auto engine = load(threads, model, Dtype::f32, 2);
  std::vector<size_t> many;
  for (int i = 0; i < 40; ++i)
    for (size_t g = 0; g < goldens.size(); ++g) many.push_back(g);
  std::vector<std::future<Losses>> runs;
  for (uint64_t t = 1; t <= 6; ++t) runs.push_back(start(*engine, t, pack(goldens, many)));
  engine->cancel(6);
  CHECK_EQUAL(code_of([&] { runs[5].get(); }), "aborted", model);
  close(*engine);
  for (size_t i = 0; i < 5; ++i) {
    const std::string code = code_of([&] { runs[i].get(); });
    CHECK_EQUAL(code == "closed" || code == "no error", true, code);
  }
  CHECK_EQUAL(code_of([&] { start(*engine, 7, pack(goldens, {0})).get(); }), "closed", model);
  close(*engine);  // again

  const auto early = std::make_shared<Engine>(threads, EngineOptions{false, Dtype::f32, 1});
  std::promise<std::string> outcome;
  early->load(model_from_directory(model), [&](std::exception_ptr error) {
    outcome.set_value(error ? code_of([&] { std::rethrow_exception(error); }) : "no error");
  });
  close(*early);
  const std::string code = outcome.get_future().get();
  CHECK_EQUAL(code == "closed" || code == "no error", true, code);
}

int64_t resident_kib() {
  std::ifstream status("/proc/self/statm");
  int64_t pages = 0, resident = 0;
  status >> pages >> resident;
  return resident * sysconf(_SC_PAGESIZE) / 1024;
}

// Loading, scoring and closing again and again leaves nothing behind. AddressSanitizer keeps freed memory for a while, so
// under it memory may grow, and LeakSanitizer says at the end whether anything was lost.
void check_cycles(Threads& threads, const std::string& model, int cycles) {
  const auto goldens = read_goldens(model);
  int64_t settled = 0;
  for (int i = 0; i < cycles; ++i) {
    const auto engine = load(threads, model, Dtype::f32, 2);
    start(*engine, 1, pack(goldens, in_order(goldens.size()))).get();
    close(*engine);
    if (i == cycles / 4) settled = resident_kib();
  }
#ifdef __SANITIZE_ADDRESS__
  return;
#endif
  const int64_t grown = resident_kib() - settled;
  CHECK_EQUAL(grown < 16 * 1024, true, std::to_string(grown) + " KiB more than after a quarter of the cycles");
}

TEST(goldens) {
  Threads threads;
  for (const auto& model : models("models")) check_goldens(threads, model);
}

TEST(bits_do_not_depend_on_the_batch) {
  Threads threads;
  for (const auto& model : models("models")) {
    check_bits(threads, model, Dtype::f32);
    if (best_cpu_dtype() == Dtype::bf16) check_bits(threads, model, Dtype::bf16);
  }
}

TEST(everything_in_flight_settles) {
  Threads threads;
  for (const auto& model : models("models")) check_endings(threads, model);
}

TEST(cycles_leave_nothing_behind) {
  Threads threads;
  check_cycles(threads, models("models").front(), std::stoi(test::argument("cycles")));
}

}  // namespace
}  // namespace evosift
