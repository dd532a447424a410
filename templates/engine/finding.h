// Something that is wrong with a template: what lint says, and what the compiler refuses.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace posthaste::templates {

struct Finding {
  std::string rule;     // The rule's name; "compile" for what the engine refuses.
  std::string place;    // "welcome/en/body.html:12:8"; "" where it has none.
  std::string message;  // "undeclared variable 'nmae'".
  bool operator==(const Finding&) const = default;
};

// The finding that a set's error is: "file:line:column: what", "file: what", "what". REQUIRES: not
// OK.
Finding CompileFinding(const absl::Status& error);

}  // namespace posthaste::templates
