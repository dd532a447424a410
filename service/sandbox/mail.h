// A received message, taken apart far enough to be shown: headers, text, HTML, and the code in it.
//
// Deliberately missing: the contents of files that the HTML does not show, and signatures. What
// does not parse is shown as it came.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posthaste::sandbox {

struct MailHeader {
  std::string name;
  std::string value;  // Unfolded and decoded.
};

// A part that is a file, or no text.
struct MailPart {
  std::string name;  // "" = it has none.
  std::string type;  // "application/pdf".
  size_t bytes = 0;
  bool shown = false;      // By the HTML, not listed among the files.
  std::string content_id;  // Of what is shown; "" = it has none.
  std::string content;     // The same.
};

struct Mail {
  std::vector<MailHeader> headers;
  std::string text;  // The first text/plain part, LF line ends.
  std::string html;  // The first text/html part, LF line ends.

  std::vector<MailPart> parts;

  // The first header of that name, in any case; "" if there is none.
  std::string Header(std::string_view name) const;
};

// `bytes` may have CRLF or LF line ends. At most 8 levels of multipart.
Mail ParseMail(std::string_view bytes);

// The verification code: of the autofill line "@domain #code", else a line that holds nothing but a
// code ("123 456"). Without spaces and dashes. Nothing if there is none.
std::optional<std::string> CodeIn(const Mail& mail);

}  // namespace posthaste::sandbox
