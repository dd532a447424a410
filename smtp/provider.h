// The closed set of large mailbox providers, which limit senders as a whole and not by host.
#pragma once

#include <string>
#include <string_view>

namespace posthaste::smtp {

// gmail, microsoft, yahoo, apple, qq, netease or mailru; "" for others. By an exchanger's name, for
// domains that a provider serves under other names; else by the recipient's domain. Both lower
// case.
std::string_view ProviderOf(std::string_view exchanger, std::string_view domain);

// Of a recipient whose exchangers nobody has asked for; "other" for others. A label of metrics.
std::string ProviderLabel(std::string_view domain);

bool IsProvider(std::string_view name);

}  // namespace posthaste::smtp
