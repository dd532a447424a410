#include "smtp/conversation.h"

#include <algorithm>
#include <utility>

namespace posthaste::smtp {
namespace {

// What a limit of ours cannot exceed; also keeps a careless infinite one from overflowing steady
// time.
constexpr absl::Duration kLimitMax = absl::Hours(1);

// A relay must take a piece in this time (whatever fits into the socket's buffer counts as taken).
constexpr size_t kPieceBytes = 64 * 1024;
constexpr std::chrono::seconds kPieceLimit{30};
// What fits into any socket's buffer needs nobody to listen meanwhile.
constexpr size_t kBufferedBytes = 16 * 1024;

std::string_view NoteOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kDeadlineExceeded:
      return "(no complete reply within the limit)";
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kResourceExhausted:
      return "(not a reply)";
    case absl::StatusCode::kCancelled:
      return "(connection closed by us)";
    default:
      return "(connection closed by the relay)";
  }
}

}  // namespace

FailureClass ClassOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kDeadlineExceeded:
      return FailureClass::kTimeout;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kResourceExhausted:
      return FailureClass::kProtocolError;
    case absl::StatusCode::kNotFound:
      return FailureClass::kDnsFailure;
    case absl::StatusCode::kCancelled:
      return FailureClass::kOther;
    default:
      return FailureClass::kConnectFailure;
  }
}

void Conversation::Begin(Phase phase, absl::Duration limit) {
  End();
  phase_ = phase;
  in_phase_ = true;
  const absl::Duration wait = std::clamp(limit, absl::ZeroDuration(), kLimitMax);
  deadline_ = begun_ + absl::ToChronoNanoseconds(wait);
  if (stream_ != nullptr) stream_->ExpireAt(deadline_);
  Moved();
}

void Conversation::End() {
  const SteadyTime now = clock_.Steady();
  if (in_phase_) durations_[static_cast<size_t>(phase_)] += absl::FromChrono(now - begun_);
  in_phase_ = false;
  begun_ = now;
}

void Conversation::Attach(std::unique_ptr<Stream> stream) {
  stream_ = std::move(stream);
  closed_ = false;
  parser_ = {};
}

Task<absl::Status> Conversation::StartTls(const std::string& name, bool verify) {
  absl::Status status = co_await stream_->StartTls(name, verify);
  parser_ = {};
  co_return status;
}

Task<absl::Status> Conversation::Say(std::string_view bytes) {
  absl::Status status = co_await stream_->Write(bytes);
  co_return status;
}

Task<absl::Status> Conversation::SayBody(std::string_view bytes) {
  absl::Status status;
  if (bytes.size() <= kBufferedBytes) {
    status = co_await stream_->Write(bytes);
    co_return status;
  }
  while (!bytes.empty() && status.ok()) {
    const std::string_view piece = bytes.substr(0, kPieceBytes);
    bytes.remove_prefix(piece.size());
    stream_->ExpireAt(std::min(deadline_, clock_.Steady() + kPieceLimit));
    status = co_await stream_->WriteUnlessAnswered(piece);
    Moved();
  }
  stream_->ExpireAt(deadline_);
  co_return status;
}

Task<absl::StatusOr<Reply>> Conversation::Hear() {
  absl::Status fed = parser_.Feed({});
  while (true) {
    std::optional<Reply> reply = parser_.Next();
    if (reply) {
      transcript_.Server(*reply);
      co_return *std::move(reply);
    }
    if (!fed.ok()) break;
    const absl::StatusOr<size_t> read = co_await stream_->Read(buffer_.data(), buffer_.size());
    if (!read.ok()) {
      fed = read.status();
      break;
    }
    Moved();
    fed = parser_.Feed(std::string_view(buffer_.data(), *read));
  }
  transcript_.Note(NoteOf(fed));
  co_return fed;
}

std::optional<Reply> Conversation::HeardBeside() {
  std::optional<Reply> reply = parser_.Next();
  if (reply) transcript_.Server(*reply);
  return reply;
}

Task<absl::StatusOr<Reply>> Conversation::Ask(std::string_view bytes) {
  [[maybe_unused]] const absl::Status said = co_await Say(bytes);
  absl::StatusOr<Reply> reply = co_await Hear();
  co_return reply;
}

void Conversation::Close() {
  if (stream_ != nullptr && !closed_) stream_->Close();
  closed_ = true;
}

void Conversation::Forget() {
  transcript_.Clear();
  durations_ = {};
}

}  // namespace posthaste::smtp
