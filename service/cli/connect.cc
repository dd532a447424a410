#include "service/cli/connect.h"

#include <string>

namespace posthaste::cli {

std::optional<Client> Connect(const AccessOptions& options, Terminal& terminal) {
  const absl::StatusOr<Access> access = FindAccess(options);
  if (!access.ok()) {
    terminal.Error(std::string(access.status().message()));
    return std::nullopt;
  }
  absl::StatusOr<Client> client = Client::Make(*access, options.timeout);
  if (!client.ok()) {
    terminal.Error(std::string(client.status().message()));
    return std::nullopt;
  }
  return *std::move(client);
}

}  // namespace posthaste::cli
