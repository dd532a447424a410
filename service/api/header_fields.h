// What a caller may write into the header of general mail: the way off a list, and fields of which
// the names are allowed.
//
// A list of names that are allowed, not of those that are not: relays act on header fields of their
// own, and a name that we never heard of may add a recipient.
#pragma once

#include <string>

#include "service/api/fields.h"
#include "service/api/order.h"

namespace posthaste::api {

inline constexpr size_t kUnsubscribeUrlMax = 900;  // Bytes: a line of a header that cannot fold.
inline constexpr size_t kHeaderValueMax = 512;     // Characters.

// Both put what is good into `order`. Its template, if it has one, must be of the class GENERAL.
void CheckUnsubscribe(const std::string& url, Fields& fields, SendOrder& order);
void CheckHeaders(const Fields::Strings& headers, Fields& fields, SendOrder& order);

// Says of `field` that mail of this class has none, unless it is general. True: it may have it.
bool OnlyGeneral(const std::string& field, Fields& fields, const SendOrder& order);

}  // namespace posthaste::api
