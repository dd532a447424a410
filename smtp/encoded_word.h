// Encoded words (RFC 2047): text that is not ASCII in a header that must be.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace posthaste::smtp {

// Appends `text` as encoded words of at most 75 characters (RFC 2047 2), each a whole number of
// characters, one a line: all but the first begin a folded line. Q or B, whichever is shorter; Q
// only with characters that a phrase allows (RFC 2047 5.3), so the words may stand in any header. A
// word in B before the last holds a multiple of three bytes, so that padding ends the run; where
// characters do not add up to one, a word in Q stands among them.
// `column` is where on its line `out` stands; returns where it stands afterwards. If not even one
// character fits behind `column`, the first word begins a folded line too.
// REQUIRES: `text` is well-formed UTF-8 and not empty.
size_t AppendEncodedWords(std::string& out, size_t column, std::string_view text);

// Whether a receiver could take `text` for an encoded word, so that it must become one.
bool LooksEncoded(std::string_view text);

}  // namespace posthaste::smtp
