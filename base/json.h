// Text as a JSON string (RFC 8259).
#pragma once

#include <string>
#include <string_view>

namespace posthaste {

// Appends `text` with quotes and escapes; bytes that are not UTF-8 become U+FFFD.
void AppendJsonString(std::string_view text, std::string& json);

}  // namespace posthaste
