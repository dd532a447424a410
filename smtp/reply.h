// An SMTP reply (RFC 5321 4.2) and its parser.
//
// The parser takes bytes as they come, in any fragmentation, and gives the same replies. It decides
// on code and bytes only, never on decoded text. Bounded: 4 096 bytes a line, 16 384 bytes or 128
// lines a reply; more is an error and the session closes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace posthaste::smtp {

// class.subject.detail (RFC 3463). Only believed when its class is the first digit of the reply's
// code.
struct EnhancedCode {
  uint16_t klass = 0, subject = 0, detail = 0;
  bool operator==(const EnhancedCode&) const = default;
};

struct Reply {
  int code = 0;                          // 200–599.
  std::optional<EnhancedCode> enhanced;  // From the first line that carries one.
  std::vector<std::string>
      lines;  // Text after the code, the enhanced code included; bytes as received.

  bool Positive() const { return code >= 200 && code < 300; }
  bool Intermediate() const { return code >= 300 && code < 400; }
  bool Transient() const { return code >= 400 && code < 500; }
  bool Permanent() const { return code >= 500 && code < 600; }
  // The lines joined by a space, without code and enhanced code.
  std::string Text() const;
  // "550 5.1.1 No such user", lines joined by " / ", bytes outside printable ASCII escaped as \xNN;
  // at most `max` characters.
  std::string Printable(size_t max = 200) const;
};

// Appends `bytes` with everything outside printable ASCII escaped as \xNN: fit for a log, whatever
// a relay sends.
void AppendPrintable(std::string& out, std::string_view bytes);

class ReplyParser {
 public:
  // Takes `bytes`; complete replies are then had from Next(). INVALID_ARGUMENT names what is no
  // reply, RESOURCE_EXHAUSTED the limit that was passed. After an error the parser stays broken;
  // replies that were complete before it can still be taken. Lines may end in a bare LF; a bare CR
  // ends nothing.
  absl::Status Feed(std::string_view bytes);

  // The oldest complete reply, if there is one.
  std::optional<Reply> Next();

  // Whether bytes beyond the replies taken so far are buffered, or the parser is broken: before a
  // command this is unsolicited data.
  bool HasLeftover() const;

 private:
  absl::Status TakeLine(std::string_view line);

  std::string buffer_;
  Reply partial_;
  size_t partial_bytes_ = 0;
  std::vector<Reply> ready_;
  absl::Status broken_;
};

}  // namespace posthaste::smtp
