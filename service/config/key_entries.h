// The lists of keys in a configuration, and how a key is added to one, or made the one that writes,
// in the text itself: comments and everything else stay as somebody wrote them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "posthaste/config/v1/config.pb.h"

namespace posthaste::config {

enum class KeyKind { kSeal, kCode, kReceipt };

// "seal", "code", "receipt".
std::string_view KeyKindName(KeyKind kind);

struct KeyEntry {
  std::string id;  // Of a code key, its epoch.
  std::string file;
  std::string writes_since;  // "" if nobody wrote it down.

  bool operator==(const KeyEntry&) const = default;
};

// In the order of the configuration: the last writes.
std::vector<KeyEntry> KeyEntriesOf(const v1::Keys& keys, KeyKind kind);

// What ids are ordered by: the number, of a receipt key's that at its end; 0 if there is none.
int64_t NumberOf(std::string_view id);

// A key that is listed and newer than the last waits for its turn; one that is older only opens
// what it wrote. REQUIRES: `entries` is not empty and has `entry`.
bool Waits(const KeyEntry& entry, const std::vector<KeyEntry>& entries);

// The text of a good configuration with `added` before the last key of the list, which goes on
// writing. FAILED_PRECONDITION: the text is written so that we cannot tell where (or the result
// would not be what was meant); it has to be done by hand. REQUIRES: the list is not empty.
absl::StatusOr<std::string> WithKey(const std::string& yaml, KeyKind kind, const KeyEntry& added);

// The same with the key `id` and the last one in each other's place, and since when in
// `writes_since`. REQUIRES: `id` is in the list and not its last.
absl::StatusOr<std::string> WithWriter(const std::string& yaml, KeyKind kind, const std::string& id,
                                       absl::Time since);

// The setting's text for somebody who has to write it by hand: `{id: 2, file: "…"}`.
std::string KeyEntryYaml(KeyKind kind, const KeyEntry& entry);

}  // namespace posthaste::config
