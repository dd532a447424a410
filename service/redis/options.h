// How to reach one Redis, and the limits that keep a bad day there from becoming ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/secret.h"
#include "service/redis/reply_reader.h"

namespace posthaste::redis {

// TLS 1.2 or newer; the server's certificate is always verified, there is no switch to leave that
// out.
struct TlsOptions {
  bool enabled = false;
  std::string ca_file;           // PEM. Empty: the system's store.
  std::string certificate_file;  // PEM chain of our own certificate. Empty: none. Needs key_file.
  std::string key_file;          // PEM, not encrypted.
  std::string server_name;       // The name the certificate must carry. Empty: `host`.
};

struct ClientOptions {
  std::string host = "127.0.0.1";  // A name, or an address without brackets.
  uint16_t port = 6379;
  std::string
      unix_path;  // If not empty, a Unix socket instead of host and port; TLS is then refused.
  TlsOptions tls;

  std::string username;  // ACL user (Redis 6). Empty with a password: the default user.
  Secret password;
  std::string name = "posthaste";  // CLIENT SETNAME: what operators see in CLIENT LIST. No spaces.

  // What may wait for an answer. Above either, Start answers RESOURCE_EXHAUSTED at once and nothing
  // is sent.
  size_t waiting_max = 16384;             // Commands.
  size_t waiting_bytes_max = 64u << 20u;  // Bytes of commands, encoded.
  ReplyLimits reply_limits;

  absl::Duration connect_limit = absl::Seconds(5);  // Name resolution, connect and TLS together.
  absl::Duration command_limit = absl::Seconds(5);  // From Start to the answer.
  absl::Duration ping_interval =
      absl::Seconds(5);  // Subscriber: silence of up to twice this is tolerated.

  // The wait before connecting again: uniform in [0, min(cap, base * 2^failures)].
  absl::Duration backoff_base = absl::Milliseconds(50);
  absl::Duration backoff_cap = absl::Seconds(2);
};

// "redis at host:port", "redis at /path": the words that every error begins with. Never a secret.
std::string Where(const ClientOptions& options);

// INVALID_ARGUMENT names the first option that cannot be right.
absl::Status Validate(const ClientOptions& options);

}  // namespace posthaste::redis
