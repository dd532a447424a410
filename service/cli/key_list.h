// `posthaste keys list`: which keys an installation has, what each does, and from when on one may
// go.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "posthaste/config/v1/config.pb.h"
#include "service/cli/options.h"
#include "service/cli/terminal.h"
#include "service/config/key_entries.h"

namespace posthaste::cli {

// How long after a key stopped writing something may need it.
//   seal: 30 days to a message's send_time, 72 h of life after it, 72 h parked. Whatever is sent
//         back is sealed anew.
//   code: the longest life of a code, resends counted in.
//   receipt: the longest life of a receipt.
absl::Duration NeededFor(config::KeyKind kind);

// How long others may keep the public keys that they fetched: so long a receipt key is published
// before it signs.
inline constexpr absl::Duration kReceiptKeyPublished = absl::Hours(1);

struct KeyLine {
  std::string kind, id, file;
  // "writes"; "waits" to be made the writer; "opens" what it wrote before.
  std::string use;
  std::optional<absl::Time> file_time;     // When the file was written, which a copy changes.
  std::optional<absl::Time> writes_since;  // As the configuration says.
  std::optional<absl::Time> may_go;        // Of a key that opens, if it can be known.
  std::string note;                        // Why it cannot, or may never.
};

using FileTime = std::function<std::optional<absl::Time>(const std::string& file)>;

// Every key that the configuration names, API keys excepted. Pure but for `file_time`.
std::vector<KeyLine> KeyLines(const config::v1::Config& config, const FileTime& file_time);

// Where a key file is: in `dir` by its name, if that is not "".
std::string PlaceOf(const std::string& file, const std::string& dir);

// The file's time of modification.
std::optional<absl::Time> TimeOfFile(const std::string& file);

int ListKeys(const KeyRingOptions& options, Terminal& terminal);

}  // namespace posthaste::cli
