// Runs a compiled template over variables.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "templates/engine/compile.h"
#include "templates/engine/formatters.h"
#include "templates/engine/value.h"

namespace posthaste::templates {

// The text. `contexts` from the outermost to the innermost, which is looked into first; they must
// outlive the call. INVALID_ARGUMENT "<variable>: <what is wrong with it>" for a missing variable
// (strict) or one that may not stand in its place; RESOURCE_EXHAUSTED if the output would pass
// Limits::kOutputBytes or nest too deeply. Thread-safe.
absl::StatusOr<std::string> Render(const Program& program,
                                   const std::vector<const Value*>& contexts, Writer& writer);

}  // namespace posthaste::templates
