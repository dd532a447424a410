// Pictures of HTML, where Chromium is installed.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace posthaste::cli {

// Draws the HTML file into a PNG file of that width. NOT_FOUND: no Chromium on the PATH.
// DEADLINE_EXCEEDED: it took longer than 30 seconds, and was ended. INTERNAL: it failed.
absl::Status Draw(const std::string& html_file, const std::string& png_file, int width);

}  // namespace posthaste::cli
