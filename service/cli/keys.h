// Makes the keys of an installation, and the keys of its callers.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/random.h"
#include "base/secret.h"
#include "service/cli/options.h"
#include "service/cli/terminal.h"

namespace posthaste::cli {

// hash.key, code-1.key, seal-1.key and receipt-1.pem in `dir` (made if it is not there, mode 0700;
// files 0600). ALREADY_EXISTS if one is there: a key that is overwritten is a key that is lost.
absl::Status CreateKeyFiles(const std::string& dir, Random& random);

// The YAML that names those files.
std::string KeyFilesYaml(const std::string& dir);

struct ApiKey {
  Secret key;          // "id.secret": 256 bits, for the caller alone.
  std::string sha256;  // For the configuration.
};
ApiKey CreateApiKey(const std::string& id, Random& random);

// Every scope that a tenant's key may have.
const std::vector<std::string>& CallerScopes();

// `posthaste keys create`.
int CreateKeys(const KeysOptions& options, Terminal& terminal);

}  // namespace posthaste::cli
