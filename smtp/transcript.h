// What was said in a session, fit to be kept and shown: no address, no credential, no body.
#pragma once

#include <string>
#include <string_view>

#include "smtp/reply.h"

namespace posthaste::smtp {

// Collects lines "C: …" and "S: …" in the form of tests/dialogues, redacted as they are added:
// arguments of AUTH become "***", local parts of addresses "***", the body one line "(1234 bytes)".
// Bytes outside printable ASCII are escaped as \xNN. The newest `max_bytes` are kept, whole lines.
class Transcript {
 public:
  explicit Transcript(size_t max_bytes = 2048) : max_bytes_(max_bytes) {}
  void Client(std::string_view line);  // Without its CRLF.
  void Server(const Reply& reply);
  void Note(std::string_view what);  // "(connection closed by the relay)"

  // From here on `local_part` is hidden also where no "@" follows it: relays say "nobody: user
  // unknown".
  void Conceal(std::string_view local_part) { concealed_ = local_part; }
  void Clear() { text_.clear(); }
  const std::string& text() const { return text_; }

 private:
  void Add(std::string_view side, std::string_view line);

  size_t max_bytes_;
  std::string concealed_;
  std::string text_;
};

// Replaces the local part of whatever looks like an address, and `local_part` wherever it stands as
// a word (in any case of its ASCII letters), by "***".
std::string RedactAddresses(std::string_view text, std::string_view local_part = {});

}  // namespace posthaste::smtp
