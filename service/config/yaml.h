// YAML as JSON text, so that protobuf's JSON parser can hold it against the schema. The only place
// that knows yaml-cpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace posthaste::config {

// Plain scalars that read as a boolean, a number or null become that; everything else, and whatever
// is quoted, becomes a string. INVALID_ARGUMENT says line and column. Anchors are followed; a key
// given twice is refused.
absl::StatusOr<std::string> YamlToJson(std::string_view yaml);

// Where an entry of a list stands in the text, in bytes, for who changes the text and leaves the
// rest of it, comments above all, as somebody wrote it.
struct YamlEntry {
  size_t begin = 0;            // The entry: its "{", or its first setting.
  size_t first = 0, end = 0;   // Its first setting; behind its last value.
  size_t column = 0;           // Of its first setting.
  bool braces = false;         // {id: 1}, else a setting a line.
  bool list_brackets = false;  // It stands in [ ], else behind "- ".
};

// The entries of the list that `path` leads to, in order. NOT_FOUND: there is no such list.
// INVALID_ARGUMENT: the text is no YAML, or an entry is not a map of words and quoted texts, each
// on one line (an anchor, say).
absl::StatusOr<std::vector<YamlEntry>> YamlEntries(std::string_view yaml,
                                                   const std::vector<std::string>& path);

}  // namespace posthaste::config
