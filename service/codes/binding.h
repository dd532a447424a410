// What a verification is bound to: facts of the caller ("session", "device") that a check must
// repeat.
#pragma once

#include <map>
#include <string>

namespace posthaste::codes {

// SHA-256 over "posthaste/binding/v1", the number of entries, and each key and value in the order
// of the keys' bytes; every one of them after its length as 4 big-endian bytes (the number is 4
// big-endian bytes too). 32 bytes; an empty binding is "", because most verifications have none and
// each of them would keep those bytes. No key: a receipt carries it to services that have none.
std::string BindingHash(const std::map<std::string, std::string>& binding);

}  // namespace posthaste::codes
