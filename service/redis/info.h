// Whether a Redis keeps what the service promises to keep: its settings, and the judgement over
// them.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/task.h"
#include "service/redis/client.h"

namespace posthaste::redis {

struct ServerSettings {
  std::string version;           // "7.0.15".
  std::string appendonly;        // "yes", "no".
  std::string appendfsync;       // "always", "everysec", "no".
  std::string maxmemory_policy;  // "noeviction", …
  std::string no_fsync_on_rewrite =
      "no";  // no-appendfsync-on-rewrite: "yes" suspends appendfsync while the file is rewritten.
  std::string folder = "";  // Where it writes its files, on its machine. Empty: it does not tell.
};

// What an OK to a caller means.
enum class Durability {
  kLocal,    // On the master's disk: appendfsync always.
  kRelaxed,  // Up to a second of it may be lost: everysec.
};

// Asks the server (INFO server, CONFIG GET). FAILED_PRECONDITION if it denies that to this user,
// with the permission that is missing; the client's own errors otherwise.
Task<absl::StatusOr<ServerSettings>> ReadSettings(Client& client);

// OK, or FAILED_PRECONDITION naming each setting that is too weak for `level` and the line that
// belongs in redis.conf. A version before 7.0 is refused: scripts need its flags and sharded
// pub/sub.
absl::Status CheckDurability(Durability level, const ServerSettings& settings);

// The value of `field` in the text of INFO ("field:value" CRLF); empty if absent.
std::string_view InfoField(std::string_view info, std::string_view field);

}  // namespace posthaste::redis
