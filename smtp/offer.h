// What a transaction says up to its dot, written before a byte of it leaves: so that a message that
// this relay cannot be given is refused with nothing said, and a flight is one write.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "smtp/capabilities.h"
#include "smtp/envelope.h"
#include "smtp/flight.h"
#include "smtp/outcome.h"

namespace posthaste::smtp {

// Kept between transactions for its memory. Holds the message: Wipe() when it is over.
class Offer {
 public:
  // Longer messages go by DATA, also where CHUNKING is offered: a refused recipient then costs no
  // body, and a flight fits into the socket's buffers.
  static constexpr size_t kChunkBytesMax = 64 * 1024;

  // Why a message cannot be given to this relay.
  struct Hindrance {
    Phase phase;
    FailureClass why;
    Scope scope;
    std::string_view note;  // For the transcript.
  };

  // Writes everything. `message` has CRLF line ends and no dot-stuffing.
  std::optional<Hindrance> Write(const Envelope& envelope, std::string_view message,
                                 const Capabilities& offered, bool may_chunk);

  // Whether the message is in the flight, as one chunk (RFC 3030); else it is body(), dot-stuffed,
  // for after the 354.
  bool chunked() const { return chunked_; }
  std::string_view body() const { return body_; }

  // The line of `step`, without its CRLF.
  std::string_view Command(Step step) const;

  // What is sent for the steps from `first` to `last`: their lines, and the chunk.
  std::string_view Bytes(Step first, Step last) const;

  // What makes the relay take the message on. From its first byte on only the relay knows.
  std::string_view commit() const { return chunked_ ? "BDAT 0 LAST\r\n" : ".\r\n"; }

  void Wipe();

 private:
  std::optional<Hindrance> WriteCommands(const Envelope& envelope, std::string_view message,
                                         const Capabilities& offered);

  struct Span {
    size_t begin = 0, line_end = 0, end = 0;  // In commands_; line_end is without the CRLF.
  };
  void Mark(Step step, size_t begin);

  bool chunked_ = false;
  std::array<Span, kSteps> spans_;
  std::string commands_, body_;
};

}  // namespace posthaste::smtp
