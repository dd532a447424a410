// Text files compiled into the binary (cmake/embed.py): Lua scripts and the built-in templates.
#pragma once

#include <span>
#include <string_view>

namespace posthaste {

struct EmbeddedFile {
  std::string_view path;   // Relative to the folder that was embedded, '/' between parts.
  std::string_view bytes;  // Exactly the file's content.
};

}  // namespace posthaste
