// The console's scripts, styles and frame, embedded in the binary.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/embedded.h"
#include "service/ops/http.h"

namespace posthaste::ops {

// service/ops/console/assets of the source tree, as it was when the binary was built.
std::span<const EmbeddedFile> ConsoleFiles();

// "" if there is none of that path.
std::string_view ConsoleFile(std::string_view path);

// The file of that path, with an ETag; 304 if `if_none_match` is it, 404 if there is none.
Page Asset(std::string_view path, std::string_view if_none_match);

}  // namespace posthaste::ops
