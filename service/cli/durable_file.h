// Files that are on the disk, whole, or not there at all: keys, and the configuration that names
// them.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace posthaste::cli {

// A new file of mode 0600, of the same user and group as the file `like` where we may say so:
// whoever reads that one shall read this one. ALREADY_EXISTS: a file of that name is never
// overwritten. PERMISSION_DENIED: it would be another's than that of `like`.
absl::Status CreateDurably(const std::string& path, std::string_view bytes,
                           const std::string& like);

// Puts `bytes` in the place of `was`, with the same mode, user and group; a link stays one.
// FAILED_PRECONDITION: the file holds something else by now, or somebody else is at it (there is a
// file <path>.new, which a command that was killed leaves too).
absl::Status ReplaceDurably(const std::string& path, std::string_view was, std::string_view bytes);

}  // namespace posthaste::cli
