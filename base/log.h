// The log: one JSON object a line, one function per event. Event functions live beside the code
// that knows the event (service/worker/events.h, service/api/events.h …) and call Emit; nothing
// else writes to standard error.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace posthaste::log {

enum class Level { kDebug, kInfo, kWarning, kError };

// One key of an event line. Text is escaped as JSON (RFC 8259); bytes that are not UTF-8 become
// U+FFFD.
struct Field {
  std::string_view key;
  std::variant<std::string_view, int64_t, uint64_t, double, bool> value;
};

// Writes {"time":RFC3339 ms UTC,"level":…,"event":…,fields…}. Never blocks: when the writer is
// behind, the oldest lines go, and Dropped() counts them. `event` is a stable word: "attempt",
// "admitted", "redis_lost".
void Emit(Level level, std::string_view event, std::initializer_list<Field> fields);

// Starts the writer. Before it (and after Stop) lines go straight to standard error, from kInfo up.
// `path` empty = standard error; a file is appended to. False if the file cannot be opened: lines
// then keep going to standard error.
bool Start(Level threshold, const std::string& path);
void Stop();         // Writes what is queued.
uint64_t Dropped();  // Lines overrun since start.
uint64_t Written(Level level);

}  // namespace posthaste::log
