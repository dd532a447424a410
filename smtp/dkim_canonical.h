// DKIM's relaxed canonicalisation (RFC 6376 3.4.2 and 3.4.4): the form of a message that signer and
// verifier agree on whatever relays did to its folding and spaces. Pure.
//
// White space is the space and the tab, a line end is CRLF; a CR or an LF alone is text. The simple
// canonicalisation is missing on purpose: relays that rewrap a field would break what it signed.
#pragma once

#include <string>
#include <string_view>

namespace posthaste::smtp {

// Appends `field`, a whole header field with or without its last CRLF, as "name:value" CRLF.
// REQUIRES: it has a colon.
void AppendRelaxedField(std::string& out, std::string_view field);

// The body as it is hashed; empty for one that has only empty lines.
std::string RelaxedBody(std::string_view body);

}  // namespace posthaste::smtp
