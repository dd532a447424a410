// Page tokens as callers see them: opaque. What is inside may name other tenants' entries, so it is
// sealed, and bound to the tenant.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace posthaste::api {

// "" stays "".
std::string SealToken(std::string_view token, std::string_view tenant, std::string_view hash_key,
                      Random& random);

// nullopt: not sealed for this tenant, or not by us.
std::optional<std::string> OpenToken(std::string_view sealed, std::string_view tenant,
                                     std::string_view hash_key);

}  // namespace posthaste::api
