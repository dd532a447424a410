// `posthaste keys dkim`: makes the keys that sign a domain's mail, and prints what to publish in
// DNS.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/cli/options.h"
#include "service/cli/terminal.h"

namespace posthaste::cli {

struct DkimKeyFile {
  std::string domain;  // A-labels.
  std::string selector;
  std::string path;
  std::string record;  // The value of the TXT record (RFC 6376 3.6.1).
};

// An RSA key of 2048 bits and an Ed25519 key in `dir` (made if it is not there, mode 0700; files
// 0600), with the selectors <selector>-rsa and <selector>-ed25519: a record holds one key.
// ALREADY_EXISTS if one is there; INVALID_ARGUMENT names the option.
absl::StatusOr<std::vector<DkimKeyFile>> CreateDkimKeys(const DkimKeysOptions& options);

// A line of a zone file. A record's strings hold at most 255 characters each.
std::string ZoneLine(const DkimKeyFile& key);

int PrintDkimKeys(const DkimKeysOptions& options, Terminal& terminal);

}  // namespace posthaste::cli
