#include "tests/e2e/ledger_load.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/support/poll.h"

namespace posthaste {
namespace {

constexpr size_t kSurprisesMax = 10;
constexpr int kLetterEvery = 16;
constexpr size_t kFileBytes = 9000;

// What a caller asks again after; the rest would not get better by it. An answer that was lost with
// its server (UNAVAILABLE without details) is the very case that request_id is for. CANCELLED that
// nobody asked for is what gRPC says to a call that reaches a server in the instant of its
// shutdown.
bool AsksAgain(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE ||
         status.error_code() == grpc::StatusCode::CANCELLED ||
         status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
}

}  // namespace

std::string LetterFile(const std::string& recipient) {
  std::string file;
  while (file.size() < kFileBytes) absl::StrAppend(&file, recipient, " ", file.size(), "\n");
  return file;
}

LedgerLoad::LedgerLoad(const std::string& address, int messages, int threads)
    : caller_(address), entries_(static_cast<size_t>(messages)) {
  for (int i = 0; i < messages; ++i) {
    Entry& entry = entries_[static_cast<size_t>(i)];
    entry.kind = i % kLetterEvery == 1 ? Kind::kLetter : i % 2 == 0 ? Kind::kCode : Kind::kNotice;
    entry.recipient = absl::StrCat("u", i, "@site", i % 37, ".test");
  }
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

LedgerLoad::~LedgerLoad() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
}

void LedgerLoad::Run() {
  const int all = static_cast<int>(entries_.size());
  for (int number = next_++; number < all && !stopping_; number = next_++) {
    while (number >= allowed_ && !stopping_)
      PollUntil(absl::Milliseconds(20), [&] { return number < allowed_ || stopping_; });
    Send(number);
  }
}

grpc::Status LedgerLoad::Ask(int number, std::string* id) const {
  const Entry& entry = entries_[static_cast<size_t>(number)];
  const std::string request_id = absl::StrCat("request-", number);
  if (entry.kind == Kind::kCode) {
    v1::Verification verification;
    grpc::Status status = caller_.SendCode(entry.recipient, request_id, &verification);
    *id = verification.message_id();
    return status;
  }
  v1::Message message;
  grpc::Status status =
      entry.kind == Kind::kNotice
          ? caller_.SendNotice(entry.recipient, request_id, &message)
          : caller_.SendLetter(entry.recipient, request_id, LetterFile(entry.recipient), &message);
  *id = message.id();
  return status;
}

void LedgerLoad::Send(int number) {
  Entry& entry = entries_[static_cast<size_t>(number)];
  while (!stopping_) {
    std::string id;
    const grpc::Status status = Ask(number, &id);
    ++entry.asked;
    if (status.ok()) {
      if (id.empty()) Surprise(absl::StrCat("request-", number, ": OK without an id"));
      entry.id = std::move(id);
      ++acknowledged_;
      return;
    }
    if (!AsksAgain(status)) {
      Surprise(
          absl::StrCat("request-", number, ": ", status.error_code(), " ", status.error_message()));
    }
    ++asked_again_;
    // As long as it says, but a test has no seconds to give away.
    const absl::Duration told = RetryDelay(status).value_or(absl::Milliseconds(50));
    PollUntil(std::min(told, absl::Milliseconds(100)), [this] { return stopping_.load(); });
  }
}

void LedgerLoad::Surprise(std::string what) {
  const std::lock_guard lock(mutex_);
  if (surprises_.size() < kSurprisesMax) surprises_.push_back(std::move(what));
}

std::vector<std::string> LedgerLoad::surprises() const {
  const std::lock_guard lock(mutex_);
  return surprises_;
}

}  // namespace posthaste
