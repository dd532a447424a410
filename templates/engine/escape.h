// What a variable may look like in each place of a message, and how it is written there.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace posthaste::templates {

// Where a variable is written. Found when the template is compiled.
enum class Slot {
  kPlain,    // A text part: as it is.
  kSubject,  // A subject: as it is, on one line.
  kHtml,     // HTML text or a quoted attribute.
  kUrl,      // The whole or the beginning of a URL attribute: scheme checked.
  kUrlPart,  // Within a URL attribute, after its scheme and host: percent-encoded (RFC 3986 2.1).
  kColor,    // A style attribute: only #rrggbb.
};

// Writes `text` to `out`, escaped for `slot`. INVALID_ARGUMENT, as a fragment to be put after the
// variable's name, if `text` may not stand there: it is not UTF-8, has a control (only "\n" is
// allowed, and not in kSubject, kUrl, kUrlPart), has a line or paragraph separator in kSubject, is
// no safe URL, is no colour.
absl::Status AppendEscaped(Slot slot, std::string_view text, std::string& out);

// & < > " ' as character references. Nothing else: this is enough in text and in quoted attributes.
void AppendHtml(std::string_view text, std::string& out);

// Everything but unreserved characters and "@" percent-encoded.
void AppendUrlPart(std::string_view text, std::string& out);

// "#rrggbb", either case.
bool IsColor(std::string_view text);

// Whether a control other than "\n" is in `text` (C0, DEL, C1 as UTF-8).
bool HasBadControl(std::string_view text);

// Whether `text` cannot stand in one header line: any control, U+2028 or U+2029.
bool BreaksLine(std::string_view text);

}  // namespace posthaste::templates
