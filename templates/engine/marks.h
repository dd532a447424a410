// The place of the code in a rendered message.
//
// A message is rendered before its code exists: what rests in the queue holds a mark where the code
// will stand, and the worker puts the code in after it has opened the message. A mark is made of
// two control characters that no template and no variable can contain, and that HTML escaping
// leaves alone.
#pragma once

#include <string>
#include <string_view>

namespace posthaste::templates {

// `{{code}}`: the code as it is typed, "123456".
inline constexpr std::string_view kCodeMark =
    "\x02"
    "c"
    "\x03";
// `{{code | grouped}}`: the code as it is read, "123 456".
inline constexpr std::string_view kGroupedCodeMark =
    "\x02"
    "g"
    "\x03";

// `text` with every mark replaced by `code`. REQUIRES: `code` is made of ASCII letters, digits and
// '-', so it needs no escaping.
std::string FillCode(std::string_view text, std::string_view code);

// Whether `text` has a place for a code.
bool HasCode(std::string_view text);

// Six digits as "123 456", eight as "1234 5678"; any other code as it is.
std::string GroupedCode(std::string_view code);

}  // namespace posthaste::templates
