#include "base/log.h"

#include <fmt/format.h>

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
#include "base/log_writer.h"

namespace posthaste::log {
namespace {

struct State {
  std::shared_mutex mutex;         // Shared by Emit, exclusive in Start and Stop.
  std::unique_ptr<Writer> writer;  // Guarded by `mutex`; null before Start and after Stop.
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

struct AppendValue {
  std::string& out;

  void operator()(std::string_view text) const { AppendJsonString(text, out); }
  void operator()(bool value) const { out.append(value ? "true" : "false"); }
  void operator()(int64_t value) const { out.append(fmt::format_int(value).c_str()); }
  void operator()(uint64_t value) const { out.append(fmt::format_int(value).c_str()); }
  void operator()(double value) const {
    // JSON has no word for infinity.
    if (std::isfinite(value)) {
      fmt::format_to(std::back_inserter(out), "{}", value);
    } else {
      out.append("null");
    }
  }
};

// Formatting a date is dear, and many lines are of the same second.
void AppendTime(absl::Time now, std::string& out) {
  thread_local int64_t second = -1;
  thread_local std::string text;
  const int64_t ms = absl::ToUnixMillis(now);
  if (ms / 1000 != second) {
    second = ms / 1000;
    text = absl::FormatTime("%Y-%m-%dT%H:%M:%S", now, absl::UTCTimeZone());
  }
  out.append(text);
  fmt::format_to(std::back_inserter(out), ".{:03}Z", ms % 1000);
}

void AppendLine(std::string& out, Level level, std::string_view event,
                std::initializer_list<Field> fields) {
  out.append(R"({"time":")");
  AppendTime(SystemClock().Now(), out);
  out.append(R"(","level":")").append(Name(level)).append(R"(","event":)");
  AppendJsonString(event, out);
  for (const Field& field : fields) {
    out.push_back(',');
    AppendJsonString(field.key, out);
    out.push_back(':');
    std::visit(AppendValue{out}, field.value);
  }
  out.append("}\n");
}

}  // namespace

void Emit(Level level, std::string_view event, std::initializer_list<Field> fields) {
  State& state = GetState();
  const std::shared_lock lock(state.mutex);
  if (level < state.threshold) return;
  thread_local std::string line;
  line.clear();
  AppendLine(line, level, event, fields);
  state.written[static_cast<size_t>(level)].fetch_add(1, std::memory_order_relaxed);
  if (state.writer != nullptr) {
    state.writer->Append(line, level == Level::kError);
    return;
  }
  std::fwrite(line.data(), 1, line.size(), stderr);
}

bool Start(Level threshold, const std::string& path) {
  Stop();
  std::unique_ptr<Writer> writer = Writer::Open(path);
  if (writer == nullptr) return false;
  State& state = GetState();
  const std::unique_lock lock(state.mutex);
  state.writer = std::move(writer);
  state.threshold = threshold;
  return true;
}

void Stop() {
  State& state = GetState();
  const std::unique_lock lock(state.mutex);
  if (state.writer == nullptr) return;
  const std::unique_ptr<Writer> writer = std::move(state.writer);
  state.dropped_before += writer->dropped();
}

uint64_t Dropped() {
  State& state = GetState();
  const std::shared_lock lock(state.mutex);
  return state.dropped_before + (state.writer == nullptr ? 0 : state.writer->dropped());
}

uint64_t Written(Level level) {
  return GetState().written[static_cast<size_t>(level)].load(std::memory_order_relaxed);
}

}  // namespace posthaste::log
