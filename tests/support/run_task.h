// Runs a coroutine to its end on a test's loop.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "base/task.h"

namespace posthaste {

// Runs `loop` until `task` is done and returns what it returned. Throws, which fails the test, if
// the loop has nothing left to do or the limit passes before. What else was spawned on the loop
// stays there, to be run by the next call.
template <typename T>
T RunTask(Loop& loop, Task<T> task, std::chrono::milliseconds limit = std::chrono::seconds(10)) {
  struct Empty {};
  struct State {
    bool done = false;
    std::exception_ptr error;
    std::optional<std::conditional_t<std::is_void_v<T>, Empty, T>> value;
  };
  // Shared, because after a throw the task may still end while a later call runs the loop.
  const auto state = std::make_shared<State>();
  if constexpr (std::is_void_v<T>) {
    asio::co_spawn(loop, std::move(task), [state](std::exception_ptr error) {
      state->done = true;
      state->error = error;
    });
  } else {
    asio::co_spawn(loop, std::move(task), [state](std::exception_ptr error, T value) {
      state->done = true;
      state->error = error;
      state->value = std::move(value);
    });
  }
  const auto end = std::chrono::steady_clock::now() + limit;
  loop.restart();
  while (!state->done) {
    if (loop.run_one_until(end) == 0) {
      const bool late = std::chrono::steady_clock::now() >= end;
      throw std::runtime_error(late ? "task ran into its limit" : "task waits for nothing");
    }
  }
  if (state->error != nullptr) std::rethrow_exception(state->error);
  if constexpr (!std::is_void_v<T>) return *std::move(state->value);
}

}  // namespace posthaste
