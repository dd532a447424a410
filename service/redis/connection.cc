#include "service/redis/connection.h"

#include <utility>

#include <boost/asio/post.hpp>

#include "absl/strings/str_cat.h"
#include "service/redis/metrics.h"

namespace posthaste::redis {
namespace {

// A buffer that once was larger is given back after its write.
constexpr size_t kKeptBuffer = 1u << 20u;

absl::Status Lost(const ClientOptions& options, const std::string& why) {
  return absl::UnavailableError(absl::StrCat(Where(options), ": connection lost: ", why));
}

}  // namespace

Connection::Connection(Loop& loop, const Clock& clock, std::shared_ptr<const ClientOptions> options,
                       TlsContext tls)
    : loop_(loop),
      clock_(clock),
      options_(std::move(options)),
      transport_(loop, *options_, std::move(tls)),
      reader_(options_->reply_limits),
      watchdog_(loop) {}

Connection::~Connection() {
  // Only reached with waiters when the loop itself was destroyed; the list lets them go.
  const WaiterList unanswered = Orphans(absl::CancelledError("loop destroyed"));
}

void Connection::Open(Handlers handlers) {
  handlers_ = std::move(handlers);
  state_ = State::kOpening;
  watchdog_.expires_after(absl::ToChronoNanoseconds(options_->connect_limit));
  watchdog_.async_wait([self = shared_from_this()](const Transport::Error& error) {
    if (error || self->state_ != State::kOpening) return;
    self->Close(
        absl::UnavailableError(absl::StrCat(Where(*self->options_), ": no connection within ",
                                            absl::FormatDuration(self->options_->connect_limit))));
  });
  transport_.Open(
      [self = shared_from_this()](absl::Status status) { self->Opened(std::move(status)); });
}

void Connection::Opened(absl::Status status) {
  if (state_ != State::kOpening) return;
  if (!status.ok()) return Close(std::move(status));
  state_ = State::kOpen;
  watchdog_.cancel();
  Read();
  // Moved out, because what it does may close us and drop the handlers.
  auto opened = std::exchange(handlers_.opened, nullptr);
  opened();
}

absl::Status Connection::Send(const Command& command, WaiterPtr waiter,
                              metrics::Histogram* seconds) {
  if (waiting_.size() >= options_->waiting_max ||
      waiting_bytes_ + command.encoded_bytes_max() > options_->waiting_bytes_max) {
    return absl::ResourceExhaustedError(
        absl::StrCat(Where(*options_), ": too much waits for an answer: ", waiting_.size(),
                     " commands, ", waiting_bytes_, " bytes"));
  }
  return SendUnbounded(command, std::move(waiter), seconds);
}

absl::Status Connection::SendUnbounded(const Command& command, WaiterPtr waiter,
                                       metrics::Histogram* seconds) {
  if (state_ != State::kOpen)
    return absl::UnavailableError(absl::StrCat(Where(*options_), ": not connected"));
  const size_t bytes = command.encoded_bytes_max();
  waiting_.push_back(Entry{std::move(waiter), clock_.Steady(), bytes, seconds});
  waiting_bytes_ += bytes;
  ++unwritten_;
  Append(command);
  if (!watching_) Watch();
  return absl::OkStatus();
}

void Connection::TakePushes(absl::AnyInvocable<void(Reply)> on_push) {
  on_push_ = std::move(on_push);
}

void Connection::SendUnanswered(const Command& command) {
  if (state_ == State::kOpen) Append(command);
}

void Connection::Append(const Command& command) {
  command.AppendTo(out_);
  ++out_commands_;
  if (flush_posted_ || writing_) return;
  flush_posted_ = true;
  asio::post(loop_, [self = shared_from_this()] {
    self->flush_posted_ = false;
    self->Flush();
  });
}

void Connection::Flush() {
  if (state_ != State::kOpen || writing_ || out_.empty()) return;
  std::swap(out_, wire_);
  PipelineCommands().Observe(static_cast<double>(out_commands_));
  out_commands_ = 0;
  unwritten_ = 0;
  writing_ = true;
  transport_.Write(
      asio::buffer(wire_),
      [self = shared_from_this()](const Transport::Error& error, size_t) { self->Written(error); });
}

void Connection::Written(const Transport::Error& error) {
  writing_ = false;
  if (state_ != State::kOpen) return;
  if (error) return Close(Lost(*options_, error.message()));
  wire_.clear();
  if (wire_.capacity() > kKeptBuffer) wire_.shrink_to_fit();
  Flush();
}

void Connection::Read() {
  transport_.ReadSome(asio::buffer(in_),
                      [self = shared_from_this()](const Transport::Error& error, size_t size) {
                        self->Received(error, size);
                      });
}

void Connection::Received(const Transport::Error& error, size_t size) {
  if (state_ != State::kOpen) return;
  if (error) return Close(Lost(*options_, error.message()));
  reader_.Feed(std::string_view(in_.data(), size));
  // Delivering resumes coroutines, and one of them may close us.
  while (state_ == State::kOpen) {
    absl::StatusOr<std::optional<Reply>> next = reader_.Next();
    if (!next.ok()) return Close(Lost(*options_, std::string(next.status().message())));
    if (!next->has_value()) return Read();
    Deliver(*std::move(*next));
  }
}

void Connection::Deliver(Reply reply) {
  if (on_push_) return on_push_(std::move(reply));
  if (waiting_.size() == unwritten_) {
    // Said unasked: "-ERR max number of clients reached".
    return Close(Lost(
        *options_, reply.IsError() ? std::string(reply.ErrorStatus().message()) : "unasked reply"));
  }
  Entry entry = std::move(waiting_.front());
  waiting_.pop_front();
  waiting_bytes_ -= entry.bytes;
  if (entry.seconds != nullptr) {
    entry.seconds->Observe(std::chrono::duration<double>(clock_.Steady() - entry.started).count());
  }
  if (entry.waiter->intercept) {
    auto intercept = std::exchange(entry.waiter->intercept, nullptr);
    if (intercept(reply)) return;
  }
  entry.waiter->Finish(std::move(reply));
}

void Connection::Watch() {
  watching_ = true;
  watchdog_.expires_after(absl::ToChronoNanoseconds(options_->command_limit) -
                          (clock_.Steady() - waiting_.front().started));
  watchdog_.async_wait([weak = weak_from_this()](const Transport::Error& error) {
    const std::shared_ptr<Connection> self = weak.lock();
    if (error || self == nullptr) return;
    self->watching_ = false;
    if (self->state_ == State::kOpen && !self->waiting_.empty()) self->Overdue();
  });
}

void Connection::Overdue() {
  const auto age = clock_.Steady() - waiting_.front().started;
  if (age < absl::ToChronoNanoseconds(options_->command_limit)) return Watch();
  Close(absl::UnavailableError(absl::StrCat(Where(*options_), ": no answer within ",
                                            absl::FormatDuration(options_->command_limit))));
}

WaiterList Connection::Orphans(const absl::Status& why) {
  WaiterList orphans;
  if (waiting_.empty()) return orphans;
  const absl::Status written = MarkMaybeExecuted(why);
  const absl::Status overdue =
      MarkMaybeExecuted(absl::DeadlineExceededError(std::string(why.message())));
  const SteadyTime oldest_good =
      clock_.Steady() - absl::ToChronoNanoseconds(options_->command_limit);
  const size_t written_count = waiting_.size() - unwritten_;
  for (size_t i = 0; i < waiting_.size(); ++i) {
    Entry& entry = waiting_[i];
    const bool late = entry.started <= oldest_good;
    orphans.Add(std::move(entry.waiter), i >= written_count ? why : late ? overdue : written);
  }
  waiting_.clear();
  waiting_bytes_ = 0;
  unwritten_ = 0;
  return orphans;
}

void Connection::Close(absl::Status why) {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  transport_.Close();
  watchdog_.cancel();
  WaiterList orphans = Orphans(why);
  if (!orphans.empty()) {
    asio::post(loop_, [self = shared_from_this(), orphans = std::move(orphans)]() mutable {
      orphans.FinishAll();
    });
  }
  Handlers handlers = std::exchange(handlers_, Handlers());
  if (handlers.closed) handlers.closed(std::move(why));
}

void Connection::Abandon(absl::Status why) {
  handlers_ = Handlers();
  Close(std::move(why));
}

}  // namespace posthaste::redis
