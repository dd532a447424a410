#include "service/redis/options.h"

#include "absl/strings/str_cat.h"

namespace posthaste::redis {
namespace {

absl::Status Invalid(std::string_view option, std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("redis ", std::string(option), ": ", std::string(why)));
}

}  // namespace

std::string Where(const ClientOptions& options) {
  if (!options.unix_path.empty()) return absl::StrCat("redis at ", options.unix_path);
  const bool v6 = options.host.find(':') != std::string::npos;
  return absl::StrCat("redis at ", v6 ? "[" : "", options.host, v6 ? "]:" : ":", options.port);
}

absl::Status Validate(const ClientOptions& options) {
  const TlsOptions& tls = options.tls;
  if (options.unix_path.empty()) {
    if (options.host.empty()) return Invalid("host", "empty");
    if (options.port == 0) return Invalid("port", "0");
  } else {
    if (options.unix_path.size() > 107) return Invalid("unix_path", "longer than 107 bytes");
    if (tls.enabled) return Invalid("tls", "not over a unix socket");
  }
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    return Invalid("tls", "certificate_file and key_file go together");
  }
  if (!options.username.empty() && options.password.empty()) {
    return Invalid("password", "missing for the given username");
  }
  for (const char c : options.name) {
    if (c <= ' ' || c > '~') return Invalid("name", "must be printable ASCII without spaces");
  }
  if (options.waiting_max == 0) return Invalid("waiting_max", "0");
  if (options.waiting_bytes_max == 0) return Invalid("waiting_bytes_max", "0");
  if (options.connect_limit <= absl::ZeroDuration())
    return Invalid("connect_limit", "not positive");
  if (options.command_limit <= absl::ZeroDuration())
    return Invalid("command_limit", "not positive");
  if (options.ping_interval <= absl::ZeroDuration())
    return Invalid("ping_interval", "not positive");
  if (options.backoff_base <= absl::ZeroDuration()) return Invalid("backoff_base", "not positive");
  if (options.backoff_cap < options.backoff_base)
    return Invalid("backoff_cap", "less than backoff_base");
  return absl::OkStatus();
}

}  // namespace posthaste::redis
