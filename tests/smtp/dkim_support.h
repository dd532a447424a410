// The keys that sign in tests.
#pragma once

#include <string>
#include <vector>

#include "smtp/dkim.h"
#include "tests/support/temp.h"

namespace posthaste::smtp {

inline crypto::SigningKey TestKey(const std::string& name) {
  return crypto::SigningKey::FromPem(
             ReadFile(PH_SOURCE_DIR "/tests/smtp/keys/dkim_" + name + ".pem"))
      .value();
}

// One of each kind, with the selectors "rsa" and "ed".
inline std::vector<DkimKey> TestKeys(const std::string& domain) {
  return {{domain, "rsa", TestKey("rsa")}, {domain, "ed", TestKey("ed25519")}};
}

}  // namespace posthaste::smtp
