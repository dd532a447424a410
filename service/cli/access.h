// Where the service is and with which key to ask: from flags, the environment, or what a running
// sandbox left in its folder.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "base/secret.h"
#include "service/cli/options.h"

namespace posthaste::cli {

struct Access {
  std::string address;  // "host:port" or "unix:/path".
  Secret key;           // "id.secret".
  std::string ca_file;  // "" on loopback = no TLS; "" elsewhere = the system's authorities.
};

// In the data directory; there while a sandbox runs on it.
inline constexpr char kClientFile[] = "/client.yaml";

// $XDG_STATE_HOME/posthaste/sandbox, else ~/.local/state/posthaste/sandbox; ~ is $HOME, else the
// user's home of passwd(5).
std::string DefaultDataDir();

// `data_dir` if it is set, else the default.
std::string DataDirOf(const std::string& data_dir);

// Each of address and key by itself: the flag, else POSTHASTE_ADDRESS / POSTHASTE_KEY_FILE, else
// the sandbox's client file, which has a key for callers and one for operators. Errors say what is
// missing and how to give it.
absl::StatusOr<Access> FindAccess(const AccessOptions& options);

// The sandbox tells clients of this user how to reach it: <data_dir>/client.yaml, mode 0600,
// replaced at once.
absl::Status WriteClientFile(const std::string& data_dir, const std::string& address,
                             const Secret& key, const Secret& operator_key);

// Writes a file that only its owner can read. With `replace`, one that is there is replaced in one
// step; without, it is ALREADY_EXISTS.
absl::Status WritePrivateFile(const std::string& path, std::string_view bytes, bool replace);

}  // namespace posthaste::cli
