#include "base/log.h"

#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "base/clock.h"
#include "base/json.h"

namespace posthaste::log {
namespace {

constexpr size_t kQueuedLinesMax = 8192;

struct Writer {
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
};

struct State {
  std::shared_mutex mutex;         // Shared by Emit, exclusive in Start and Stop.
  Writer writer;                   // Guarded by `mutex`; empty before Start and after Stop.
  Level threshold = Level::kInfo;  // Guarded by `mutex`.
  uint64_t dropped_before = 0;  // Guarded by `mutex`: lines overrun by writers that have stopped.
  std::array<std::atomic<uint64_t>, 4> written{};
};

// Never destroyed: a line may come from a static destructor.
State& GetState() {
  static State* const state = new State;
  return *state;
}

std::string_view Name(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "error";
}

void AppendText(fmt::memory_buffer& out, std::string_view text) {
  std::string json;
  AppendJsonString(text, json);
  out.append(json.data(), json.data() + json.size());
}

struct AppendValue {
  fmt::memory_buffer& out;

  void operator()(std::string_view text) const { AppendText(out, text); }
  void operator()(bool value) const { fmt::format_to(std::back_inserter(out), "{}", value); }
  void operator()(int64_t value) const { fmt::format_to(std::back_inserter(out), "{}", value); }
  void operator()(uint64_t value) const { fmt::format_to(std::back_inserter(out), "{}", value); }
  void operator()(double value) const {
    // JSON has no word for infinity.
    if (std::isfinite(value)) {
      fmt::format_to(std::back_inserter(out), "{}", value);
    } else {
      fmt::format_to(std::back_inserter(out), "null");
    }
  }
};

void AppendLine(fmt::memory_buffer& out, Level level, std::string_view event,
                std::initializer_list<Field> fields) {
  const std::string time =
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", SystemClock().Now(), absl::UTCTimeZone());
  fmt::format_to(std::back_inserter(out), R"({{"time":"{}","level":"{}","event":)", time,
                 Name(level));
  AppendText(out, event);
  for (const Field& field : fields) {
    out.push_back(',');
    AppendText(out, field.key);
    out.push_back(':');
    std::visit(AppendValue{out}, field.value);
  }
  out.push_back('}');
}

}  // namespace

void Emit(Level level, std::string_view event, std::initializer_list<Field> fields) {
  State& state = GetState();
  const std::shared_lock lock(state.mutex);
  if (level < state.threshold) return;
  fmt::memory_buffer line;
  AppendLine(line, level, event, fields);
  state.written[static_cast<size_t>(level)].fetch_add(1, std::memory_order_relaxed);
  if (state.writer.logger != nullptr) {
    state.writer.logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
    return;
  }
  line.push_back('\n');
  std::fwrite(line.data(), 1, line.size(), stderr);
}

bool Start(Level threshold, const std::string& path) {
  Stop();
  Writer writer;
  try {
    spdlog::sink_ptr sink;
    if (path.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
    }
    writer.pool = std::make_shared<spdlog::details::thread_pool>(kQueuedLinesMax, 1);
    writer.logger = std::make_shared<spdlog::async_logger>(
        "posthaste", std::move(sink), writer.pool, spdlog::async_overflow_policy::overrun_oldest);
  } catch (const spdlog::spdlog_ex&) {
    return false;
  }
  writer.logger->set_pattern("%v");
  writer.logger->set_level(spdlog::level::trace);
  // A line that is written is seen: the writer's thread pays for it, not the caller.
  writer.logger->flush_on(spdlog::level::trace);
  State& state = GetState();
  const std::unique_lock lock(state.mutex);
  state.writer = std::move(writer);
  state.threshold = threshold;
  return true;
}

void Stop() {
  State& state = GetState();
  const std::unique_lock lock(state.mutex);
  if (state.writer.pool == nullptr) return;
  const std::shared_ptr<spdlog::details::thread_pool> pool = state.writer.pool;
  state.writer = Writer{};
  state.dropped_before += pool->overrun_counter();
  // The pool's last owner joins its thread, which writes what is queued first.
}

uint64_t Dropped() {
  State& state = GetState();
  const std::shared_lock lock(state.mutex);
  if (state.writer.pool == nullptr) return state.dropped_before;
  return state.dropped_before + state.writer.pool->overrun_counter();
}

uint64_t Written(Level level) {
  return GetState().written[static_cast<size_t>(level)].load(std::memory_order_relaxed);
}

}  // namespace posthaste::log
