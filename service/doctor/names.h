// What the DNS says of a domain that we send from. Pure: the answers are given.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "service/config/dkim.h"
#include "service/doctor/finding.h"
#include "smtp/dns.h"

namespace posthaste::doctor {

// Delivery asks for none of this type (RFC 1035 3.2.2).
inline constexpr smtp::DnsType kTxt{16};

// The text of a TXT record's data as on the wire: its strings, joined (RFC 7208 3.3). Data that
// ends within a string gives what came before.
std::string TextOf(std::string_view wire);

// `answer`: the TXT records of `domain`, that of return paths (RFC 7208).
Finding JudgeSpf(const std::string& domain, const smtp::DnsAnswer& answer);

// Where the public half of `key` belongs.
std::string DkimName(const config::DkimEntry& key);

// `answer`: the TXT records of DkimName(key) (RFC 6376 3.6.1).
Finding JudgeDkim(const config::DkimEntry& key, const smtp::DnsAnswer& answer);

// Where the policy of `domain` may stand, the nearest first: the domain's own and those above it
// that have a dot (a tree walk without a list of public suffixes, which publish none).
std::vector<std::string> DmarcNames(const std::string& domain);

// Whether the walk over DmarcNames ends with `answer`, the TXT records of one of them: there is a
// policy, or nobody could say whether there is one. Another's text is no policy.
bool EndsDmarcWalk(const smtp::DnsAnswer& answer);

// `answer`: the TXT records of the first of DmarcNames(domain) that ends the walk, else of the
// last.
Finding JudgeDmarc(const std::string& domain, const smtp::DnsAnswer& answer);

// `answer`: the MX records of a return path's domain: who gets what comes back.
Finding JudgeReturnPath(const std::string& domain, const smtp::DnsAnswer& answer);

}  // namespace posthaste::doctor
