#include "service/webhooks/poster.h"

#include <string>
#include <utility>

#include "service/webhooks/answer.h"

namespace posthaste::webhooks {
namespace {

constexpr size_t kReadBytes = 4096;

std::string Text(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

}  // namespace

Task<absl::Status> Poster::Connect(SteadyTime deadline) {
  absl::StatusOr<std::unique_ptr<smtp::Stream>> dialed =
      co_await dialer_->Dial(endpoint_->url.host, endpoint_->url.port, deadline);
  if (!dialed.ok()) co_return dialed.status();
  if (closed_) co_return absl::CancelledError("stopping");
  stream_ = *std::move(dialed);
  stream_->ExpireAt(deadline);
  if (!endpoint_->url.tls) co_return absl::OkStatus();
  co_return co_await stream_->StartTls(endpoint_->url.host, true);
}

// Says it and reads the answer; leaves a connection only if another request may follow.
Task<Outcome> Poster::Exchange(const std::string& request) {
  Outcome outcome;
  const std::unique_ptr<AnswerReader> answer = std::make_unique<AnswerReader>();
  absl::Status status = co_await stream_->Write(request);
  bool whole = false;
  char buffer[kReadBytes];
  while (!whole) {
    const absl::StatusOr<size_t> read = co_await stream_->Read(buffer, sizeof(buffer));
    if (!read.ok()) {
      const bool ended = absl::IsUnavailable(read.status()) && answer->PutEnd();
      if (!ended) status.Update(read.status());
      break;
    }
    const absl::StatusOr<bool> put = answer->Put(std::string_view(buffer, *read));
    if (!put.ok()) {
      status = put.status();
      break;
    }
    whole = *put;
  }
  outcome.status = answer->status();
  outcome.retry_after = answer->retry_after();
  if (outcome.status == 0) outcome.why = Text(status);
  const bool keep = whole && status.ok() && answer->keep_alive();
  if (!keep) {
    stream_ = nullptr;
  } else {
    // What is kept waits without a limit: it is looked at before it is used again.
    stream_->ExpireAt(SteadyTime::max());
  }
  co_return outcome;
}

Task<Outcome> Poster::Post(std::string request) {
  const SteadyTime deadline = clock_.Steady() + absl::ToChronoNanoseconds(endpoint_->timeout);
  if (stream_ != nullptr && stream_->Stale()) stream_ = nullptr;
  if (stream_ != nullptr) {
    stream_->ExpireAt(deadline);
    Outcome kept = co_await Exchange(request);
    if (kept.status != 0 || clock_.Steady() >= deadline || closed_) co_return kept;
  }
  const absl::Status connected = co_await Connect(deadline);
  if (!connected.ok()) {
    stream_ = nullptr;
    Outcome outcome;
    outcome.why = Text(connected);
    co_return outcome;
  }
  co_return co_await Exchange(request);
}

void Poster::Close() {
  closed_ = true;
  if (stream_ != nullptr) stream_->Close();
}

}  // namespace posthaste::webhooks
