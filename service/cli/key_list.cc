#include "service/cli/key_list.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/json.h"
#include "service/cli/exit_code.h"
#include "service/config/load.h"

namespace posthaste::cli {
namespace {

using config::KeyEntry;
using config::KeyKind;

constexpr KeyKind kKinds[] = {KeyKind::kCode, KeyKind::kSeal, KeyKind::kReceipt};

std::optional<absl::Time> TimeIn(const std::string& text) {
  absl::Time time;
  std::string error;
  if (text.empty() || !absl::ParseTime(absl::RFC3339_full, text, &time, &error))
    return std::nullopt;
  return time;
}

// Since when some newer key has written in its place.
std::optional<absl::Time> EndOfWriting(const KeyEntry& entry,
                                       const std::vector<KeyEntry>& entries) {
  std::optional<absl::Time> end;
  for (const KeyEntry& other : entries) {
    if (config::NumberOf(other.id) <= config::NumberOf(entry.id)) continue;
    const std::optional<absl::Time> since = TimeIn(other.writes_since);
    if (since && (!end || *since < *end)) end = since;
  }
  return end;
}

KeyLine LineOf(KeyKind kind, const KeyEntry& entry, const std::vector<KeyEntry>& entries,
               const FileTime& file_time) {
  KeyLine line;
  line.kind = std::string(config::KeyKindName(kind));
  line.id = entry.id;
  line.file = entry.file;
  line.file_time = file_time(entry.file);
  line.writes_since = TimeIn(entry.writes_since);
  if (entry == entries.back()) {
    line.use = "writes";
    line.note = entries.size() == 1 ? "the only one" : "";
    return line;
  }
  if (config::Waits(entry, entries)) {
    line.use = "waits";
    line.note = "until keys rotate --activate makes it the writer";
    return line;
  }
  line.use = "opens";
  if (const std::optional<absl::Time> end = EndOfWriting(entry, entries)) {
    line.may_go = *end + NeededFor(kind);
  } else {
    line.note = absl::StrCat("may go ", absl::FormatDuration(NeededFor(kind)),
                             " after another took its place; when that was is not written down");
  }
  return line;
}

std::string InUtc(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

std::string JsonOf(const KeyLine& line) {
  std::string json = "{";
  const auto add = [&json](const char* name, const std::string& value) {
    if (value.empty()) return;
    absl::StrAppend(&json, json.size() > 1 ? ",\"" : "\"", name, "\":");
    AppendJsonString(value, json);
  };
  const auto add_time = [&add](const char* name, const std::optional<absl::Time>& time) {
    if (time) add(name, InUtc(*time));
  };
  add("kind", line.kind);
  add("id", line.id);
  add("use", line.use);
  add("file", line.file);
  add_time("file_time", line.file_time);
  add_time("writes_since", line.writes_since);
  add_time("may_go", line.may_go);
  add("note", line.note);
  return json + "}";
}

std::string Padded(const std::string& text, size_t width) {
  return text + std::string(text.size() < width ? width - text.size() : 0, ' ') + "  ";
}

// What becomes of it, in a few words.
std::string Future(const KeyLine& line, absl::Time now) {
  if (!line.may_go) return line.note;
  if (*line.may_go <= now) return absl::StrCat("may go, since ", InUtc(*line.may_go));
  return absl::StrCat("may be needed until ", InUtc(*line.may_go));
}

std::string AgeOf(const KeyLine& line, absl::Time now) {
  if (!line.file_time) return "no file";
  const absl::Duration age = std::max(now - *line.file_time, absl::ZeroDuration());
  if (age < absl::Hours(48)) return Words(age);
  return absl::StrCat(age / absl::Hours(24), " days");
}

void PrintLines(const std::vector<KeyLine>& lines, absl::Time now, Terminal& terminal) {
  size_t id = 2, old = 3;
  for (const KeyLine& line : lines) {
    id = std::max(id, line.id.size());
    old = std::max(old, AgeOf(line, now).size());
  }
  terminal.Line(absl::StrCat(Padded("KIND", 7), Padded("ID", id), Padded("USE", 6),
                             Padded("AGE", old), "NEEDED"));
  for (const KeyLine& line : lines) {
    std::string text = absl::StrCat(Padded(line.kind, 7), Padded(line.id, id), Padded(line.use, 6),
                                    Padded(AgeOf(line, now), old), Future(line, now));
    text.erase(text.find_last_not_of(' ') + 1);
    terminal.Line(text);
  }
}

}  // namespace

absl::Duration NeededFor(KeyKind kind) {
  return kind == KeyKind::kSeal ? absl::Hours(30 * 24 + 72 + 72) : absl::Minutes(30);
}

std::vector<KeyLine> KeyLines(const config::v1::Config& config, const FileTime& file_time) {
  KeyLine hash;
  hash.kind = "hash";
  hash.use = "writes";
  hash.file = config.keys().hash_key_file();
  hash.file_time = file_time(hash.file);
  hash.note = "for the life of the installation";
  std::vector<KeyLine> lines = {hash};
  for (const KeyKind kind : kKinds) {
    const std::vector<KeyEntry> entries = config::KeyEntriesOf(config.keys(), kind);
    for (const KeyEntry& entry : entries) lines.push_back(LineOf(kind, entry, entries, file_time));
  }
  for (const config::v1::Dkim& key : config.dkim()) {
    KeyLine line;
    line.kind = "dkim";
    line.id = absl::StrCat(key.selector(), "._domainkey.", key.domain());
    line.use = "writes";
    line.file = key.key_file();
    line.file_time = file_time(line.file);
    lines.push_back(line);
  }
  return lines;
}

std::string PlaceOf(const std::string& file, const std::string& dir) {
  if (dir.empty()) return file;
  return std::filesystem::path(dir) / std::filesystem::path(file).filename();
}

std::optional<absl::Time> TimeOfFile(const std::string& file) {
  struct stat facts {};
  if (stat(file.c_str(), &facts) != 0) return std::nullopt;
  return absl::TimeFromTimespec(facts.st_mtim);
}

int ListKeys(const KeyRingOptions& options, Terminal& terminal) {
  const absl::StatusOr<config::v1::Config> config = config::LoadConfig(options.config);
  if (!config.ok()) {
    terminal.Error(std::string(config.status().message()));
    return kUsage;
  }
  const std::vector<KeyLine> lines = KeyLines(*config, [&options](const std::string& file) {
    return TimeOfFile(PlaceOf(file, options.dir));
  });
  if (options.json) {
    for (const KeyLine& line : lines) terminal.Line(JsonOf(line));
    return kOk;
  }
  PrintLines(lines, SystemClock().Now(), terminal);
  return kOk;
}

}  // namespace posthaste::cli
