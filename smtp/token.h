// Where a session has its OAuth 2.0 bearer token from. Tokens live for an hour or less and are
// renewed by somebody else, so every session asks anew.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "base/secret.h"
#include "base/task.h"

namespace posthaste::smtp {

class TokenSource {
 public:
  virtual ~TokenSource() = default;

  // A token that is good now, within a bound of its own. Called from any loop. Errors say what is
  // wrong in words that operators may see.
  virtual Task<absl::StatusOr<Secret>> Token() = 0;
};

// Reads it whenever it is asked. `read` is quick (a small file), thread-safe, and leaves out the
// file's last line end.
std::shared_ptr<TokenSource> TokenFrom(std::function<absl::StatusOr<Secret>()> read);

}  // namespace posthaste::smtp
