// A relay that plays the server's side of a dialogue, in memory: the Stream and Dialer that a
// session talks to in tests.
//
// It checks what the client says against the file, and keeps its own list of what was handed over,
// so that a test can compare what the session believes with what happened. Time passes on the
// test's clock only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/stream.h"
#include "tests/support/dialogue.h"
#include "tests/support/fake_clock.h"

namespace posthaste::smtp {

struct RelayMode {
  bool byte_by_byte = false;  // Each read gives one byte.
  int cut_before = -1;        // The connection is gone when this line (an index) would be next.
  bool cut_in_line = false;   // The first half of that line still arrives, if it is a reply's.
  bool cut_swallows = false;  // After the cut writes still succeed, as into a socket's buffer.
  bool cut_unseen = false;    // After the cut Stale() does not know yet.
};

// What happened in one transaction, as the relay and the wire saw it.
struct RelayTrace {
  int writes = 0;                // By the client.
  bool body_begun = false;       // The client wrote it, whether or not it arrived.
  bool body_taken = false;       // It arrived, whole.
  bool dot_begun = false;        // The client began to write the dot (or BDAT LAST) after a body.
  bool dot_failed = false;       // That write failed: nobody knows how much of it arrived.
  std::vector<int> replies;      // Codes of complete, well-formed replies that the client has read.
  std::vector<int> dot_replies;  // Those after dot_begun.
  bool garbage = false;  // It has read something that is no reply; nothing counts after that.
};

class ScriptedRelay final : public Dialer {
 public:
  ScriptedRelay(const Dialogue& dialogue, FakeClock& clock, RelayMode mode);

  Task<absl::StatusOr<std::unique_ptr<Stream>>> Dial(const std::string& host, uint16_t port,
                                                     SteadyTime deadline) override;

  // For whoever plays the client's side.
  const DialogueLine* Upcoming() const;           // Null at the end, or when the connection is cut.
  const DialogueLine* UpcomingButServer() const;  // The next that is not the relay's.
  size_t at() const { return at_; }
  void PassTo(const DialogueLine* line);       // Goes on after `line`.
  void BeginTransaction(std::string message);  // `message` is what <body> must carry.
  const RelayTrace& trace() const { return trace_; }
  bool cut() const { return mode_.cut_before >= 0 && at_ >= static_cast<size_t>(mode_.cut_before); }

  // What the client did that the dialogue does not have; empty is good.
  const std::vector<std::string>& violations() const { return violations_; }

 private:
  class Connection;
  enum class Fate { kOpen, kClosed, kSilent, kStuffed };

  const DialogueLine* LineAt(size_t index) const;
  bool IsEvent(size_t index, std::string_view word) const;
  void Violation(const std::string& what);

  absl::StatusOr<size_t> Read(char* buffer, size_t size, SteadyTime expiry);
  absl::Status Write(std::string_view bytes, SteadyTime expiry);
  absl::Status Match(std::string_view bytes);
  absl::Status Handshake(bool verify, SteadyTime expiry, TlsFacts& facts);
  bool Stale();
  void Fill();
  bool PlayEvent(SteadyTime expiry, absl::Status& status);
  absl::Status Expire(SteadyTime expiry);
  void Heard(char byte);
  void HeardLine(std::string_view line);

  const Dialogue& dialogue_;
  FakeClock& clock_;
  const RelayMode mode_;
  size_t at_ = 0;
  int connections_ = 0;
  std::string unread_;
  absl::Duration drip_;
  bool half_sent_ = false;
  std::string message_;
  RelayTrace trace_;
  std::string heard_line_;
  int heard_code_ = 0;  // Of a reply that is not complete yet.
  std::vector<std::string> violations_;
};

}  // namespace posthaste::smtp
