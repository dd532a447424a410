// What the capture server answers: the server's side of SMTP (RFC 5321) as a function of lines. No
// I/O.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "service/sandbox/inbox.h"

namespace posthaste::sandbox {

// One connection. Call Greeting(), then Heard() with each line, without its CRLF.
class CaptureDialogue {
 public:
  static constexpr size_t kMessageBytesMax = 1 << 20;  // Told by SIZE (RFC 1870).
  static constexpr size_t kCommandBytesMax = 2048;     // Of a line outside of DATA.
  static constexpr size_t kRecipientsMax = 100;        // RFC 5321 4.5.3.1.8.
  static constexpr int kErrorsMax = 20;                // Refused commands until we hang up.

  struct Turn {
    std::string reply;   // With line ends; "" while a message is being read.
    bool store = false;  // A message is whole: store it, and answer with Stored().
    bool close = false;
  };

  std::string Greeting() const;
  Turn Heard(std::string_view line);

  // The answer to the dot. Begins a new transaction.
  std::string Stored(const absl::StatusOr<std::string>& id);

  bool in_data() const { return in_data_; }
  const Envelope& envelope() const { return envelope_; }
  const std::string& message() const { return message_; }  // Dots unstuffed, CRLF line ends.

 private:
  Turn Command(std::string_view line);
  Turn Hello(std::string_view verb, std::string_view rest);
  Turn Mail(std::string_view rest);
  Turn Recipient(std::string_view rest);
  Turn Data();
  Turn DataLine(std::string_view line);
  Turn Refuse(std::string reply);
  void Reset();

  bool greeted_ = false;
  bool has_sender_ = false;
  bool utf8_ = false;  // This transaction is internationalised (RFC 6531).
  bool in_data_ = false;
  bool too_large_ = false;
  int errors_ = 0;
  Envelope envelope_;
  std::string message_;
};

}  // namespace posthaste::sandbox
