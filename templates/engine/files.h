// Where templates come from: built into the binary, or a folder of the operator's or a tenant's.
#pragma once

#include <map>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "base/embedded.h"

namespace posthaste::templates {

// Path → bytes, '/' between parts: "verification_code/en/subject.txt", "layout/head.html".
using Files = std::map<std::string, std::string, std::less<>>;

// templates/mail of the source tree, as it was when the binary was built.
std::span<const EmbeddedFile> BuiltInFiles();
Files BuiltIn();

// Every file under `folder`, names that begin with '.' left out. NOT_FOUND if there is no such
// folder; INVALID_ARGUMENT for more than 2 000 files or one over Limits::kSourceBytes.
absl::StatusOr<Files> ReadFolder(const std::string& folder);

}  // namespace posthaste::templates
