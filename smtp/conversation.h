// Both directions of one session: says bytes, hears whole replies, keeps each phase's limit and
// duration, and the transcript. Decides nothing.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/task.h"
#include "smtp/outcome.h"
#include "smtp/phase.h"
#include "smtp/progress.h"
#include "smtp/reply.h"
#include "smtp/stream.h"
#include "smtp/transcript.h"

namespace posthaste::smtp {

using PhaseDurations = std::array<absl::Duration, kPhases>;

// Why nothing usable came, by the error that Hear() or Say() returned.
FailureClass ClassOf(const absl::Status& status);

class Conversation {
 public:
  explicit Conversation(const Clock& clock) : clock_(clock) {}

  // Begins `phase`: everything in it must be over within `limit` (whole replies: a drip of bytes
  // extends nothing). The time since the last Begin() is booked on the phase before.
  void Begin(Phase phase, absl::Duration limit);
  void End();  // Books the time of the last phase.
  Phase phase() const { return phase_; }
  SteadyTime deadline() const { return deadline_; }

  // From here on all goes over `stream`; what came before is forgotten but for transcript and
  // durations.
  void Attach(std::unique_ptr<Stream> stream);

  // The handshake. Replies heard in clear are forgotten (RFC 3207 4.2).
  Task<absl::Status> StartTls(const std::string& name, bool verify);

  // Writes all of `bytes`.
  Task<absl::Status> Say(std::string_view bytes);

  // Writes a message, in both directions at once: ABORTED if the relay says something or closes
  // before it has everything, which Hear() then tells. A relay that takes less than 64 KiB in 30 s
  // is given up with DEADLINE_EXCEEDED, however much of the phase's limit is left.
  Task<absl::Status> SayBody(std::string_view bytes);

  // The next reply. DEADLINE_EXCEEDED, UNAVAILABLE (closed by the relay), INVALID_ARGUMENT or
  // RESOURCE_EXHAUSTED (what came is no reply).
  Task<absl::StatusOr<Reply>> Hear();

  // The reply that was read together with the last one, if one was. Waits for nothing.
  std::optional<Reply> HeardBeside();

  // Says `bytes` and hears the next reply. A write that fails is no reason to stop listening: the
  // relay may have said why.
  Task<absl::StatusOr<Reply>> Ask(std::string_view bytes);

  // Whether the relay has said something beyond the replies heard, as far as it was read.
  bool HeardUnasked() const { return parser_.HasLeftover(); }
  // The same, looking at the connection too; also when the relay has closed it.
  bool Stale() { return parser_.HasLeftover() || stream_->Stale(); }

  bool open() const { return stream_ != nullptr && !closed_; }
  void Close();

  TlsFacts Tls() const { return stream_ == nullptr ? TlsFacts() : stream_->Tls(); }
  ChannelBinding Binding() const {
    return stream_ == nullptr ? ChannelBinding() : stream_->Binding();
  }
  std::string Peer() const { return stream_ == nullptr ? std::string() : stream_->Peer(); }
  Transcript& transcript() { return transcript_; }
  const PhaseDurations& durations() const { return durations_; }
  // Where to note that something moves; null: nowhere (Watched sets it).
  void set_progress(Progress* progress) { progress_ = progress; }
  void Forget();  // Transcript and durations, for the next transaction.

 private:
  void Moved() {
    if (progress_ != nullptr) progress_->Note();
  }

  const Clock& clock_;
  std::unique_ptr<Stream> stream_;
  ReplyParser parser_;
  Transcript transcript_;
  PhaseDurations durations_{};
  Phase phase_ = Phase::kConnect;
  Progress* progress_ = nullptr;
  bool in_phase_ = false;
  bool closed_ = false;
  SteadyTime begun_, deadline_;
  std::array<char, 4096> buffer_;
};

}  // namespace posthaste::smtp
