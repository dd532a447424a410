// Fields of a query or a form (application/x-www-form-urlencoded).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace posthaste::ops {

// The first field of that name, decoded; nothing if it is not there or an escape is none.
std::optional<std::string> FormField(std::string_view form, std::string_view name);

}  // namespace posthaste::ops
