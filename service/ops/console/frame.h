// What a frame of the console shows of a mail.
#pragma once

#include <string>
#include <string_view>

namespace posthaste::ops {

// `html` as a reader sees it by night or by day, whatever the system of who looks at the console
// says.
std::string InScheme(std::string_view html, bool dark);

// A text part as a page, its lines as they are.
std::string TextPage(std::string_view text);

}  // namespace posthaste::ops
