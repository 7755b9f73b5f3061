// An engine's calls with their ends waited for.
#pragma once

#include <future>
#include <memory>
#include <string>
#include <utility>

#include "../engine/engine.h"

namespace evosift::test {

inline std::shared_ptr<Engine> load(Threads& threads, const std::string& model, Dtype dtype, int count) {
  auto engine = std::make_shared<Engine>(threads, EngineOptions{false, dtype, count});
  std::promise<void> loaded;
  engine->load(model_from_directory(model), [&](std::exception_ptr error) {
    if (error)
      loaded.set_exception(error);
    else
      loaded.set_value();
  });
  loaded.get_future().get();
  return engine;
}

inline void close(Engine& engine) {
  std::promise<void> closed;
  engine.close([&] { closed.set_value(); });
  closed.get_future().get();
}

inline std::future<Losses> start(Engine& engine, uint64_t ticket, Batch batch) {
  auto promise = std::make_shared<std::promise<Losses>>();
  engine.run(ticket, std::move(batch), [promise](std::exception_ptr error, Losses losses) {
    if (error)
      promise->set_exception(error);
    else
      promise->set_value(std::move(losses));
  });
  return promise->get_future();
}

}  // namespace evosift::test
