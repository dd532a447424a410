#include "tests/e2e/fault_matrix.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace posthaste {

using v1::Message;

const v1::Attempt& Seen::last() const {
  static const v1::Attempt none;
  return attempts.empty() ? none : attempts.back();
}

FaultMatrix::FaultMatrix() {
  options_.redis.movable_clock = true;
  options_.relay_settings = {kShort};
  options_.worker = "loops: 1, grace: 1s";
}

FaultMatrix::~FaultMatrix() = default;

void FaultMatrix::Set(size_t relay, const std::string& settings) {
  options_.relay_settings.resize(std::max(options_.relay_settings.size(), relay + 1));
  std::string& all = options_.relay_settings[relay];
  all += (all.empty() ? "" : ", ") + settings;
}

void FaultMatrix::Start(std::vector<uint16_t> relays, const std::string& role) {
  options_.relays = std::move(relays);
  service_ = std::make_unique<LedgerService>(options_);
  serve_ = service_->Serve(role);
  caller_ = std::make_unique<Caller>(service_->address());
  solo_ = std::make_unique<Caller>(service_->address(), "solo");
  ASSERT_TRUE(WaitServing(*caller_)) << serve_->Err();
}

std::string FaultMatrix::SendCode(absl::Duration ttl) {
  v1::Verification verification;
  const std::string to = absl::StrCat("u", ++sent_, "@", domain_);
  const grpc::Status status = caller_->SendCode(to, "r", &verification, ttl);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return verification.message_id();
}

std::string FaultMatrix::SendCodeSolo() {
  v1::Verification verification;
  const std::string to = absl::StrCat("u", ++sent_, "@", domain_);
  const grpc::Status status = solo_->SendCode(to, "r", &verification);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return absl::StrCat("solo:", verification.message_id());
}

std::string FaultMatrix::SendNotice() {
  v1::Message message;
  const std::string to = absl::StrCat("u", ++sent_, "@", domain_);
  const grpc::Status status = caller_->SendNotice(to, "r", &message);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return message.id();
}

Seen FaultMatrix::Await(const std::string& id, const std::function<bool(const Seen&)>& wanted,
                        absl::Duration limit) {
  const bool solo = absl::StartsWith(id, "solo:");
  const Caller& asker = solo ? *solo_ : *caller_;
  const std::string bare = solo ? id.substr(5) : id;
  Seen seen;
  PollUntil(limit, [&] {
    Seen now;
    v1::ListAttemptsResponse attempts;
    if (!asker.Get(bare, &now.message).ok() || !asker.Attempts(bare, &attempts).ok()) return false;
    now.attempts.assign(attempts.attempts().begin(), attempts.attempts().end());
    std::sort(now.attempts.begin(), now.attempts.end(),
              [](const auto& a, const auto& b) { return a.number() < b.number(); });
    seen = std::move(now);
    return wanted(seen);
  });
  return seen;
}

Seen FaultMatrix::AwaitTried(const std::string& id, int attempts) {
  return Await(id, [attempts](const Seen& now) {
    return now.message.attempt_count() >= attempts && now.state() != Message::SENDING &&
           now.state() != Message::QUEUED;
  });
}

Seen FaultMatrix::AwaitState(const std::string& id, Message::State state) {
  return Await(id, [state](const Seen& now) { return now.state() == state; });
}

void FaultMatrix::ExpectLast(const Seen& seen, const Expected& last) {
  const std::string transcript = seen.last().transcript();
  EXPECT_EQ(seen.last().phase(), last.phase) << transcript;
  EXPECT_EQ(seen.last().reply().substr(0, last.reply.empty() ? 200 : last.reply.size()), last.reply)
      << transcript;
  EXPECT_EQ(v1::FailureClass_Name(seen.last().failure_class()), v1::FailureClass_Name(last.why))
      << transcript;
}

Seen FaultMatrix::ExpectAccepted(const std::string& id, FaultRelay& by, int attempts) {
  Seen seen = AwaitState(id, Message::ACCEPTED);
  EXPECT_EQ(Message::State_Name(seen.state()), "ACCEPTED") << seen.last().ShortDebugString();
  EXPECT_EQ(seen.message.attempt_count(), attempts) << seen.last().ShortDebugString();
  EXPECT_EQ(seen.message.uncertain_attempts(), 0);
  EXPECT_EQ(by.Of(seen.message.id()).copies, 1);
  EXPECT_EQ(relay_.Of(seen.message.id()).copies + second_.Of(seen.message.id()).copies,
            &by == &relay_ || &by == &second_ ? 1 : 0);
  return seen;
}

Seen FaultMatrix::ExpectUnsent(const std::string& id, Message::State state, const Expected& last) {
  Seen seen =
      Await(id, [state](const Seen& now) { return now.state() == state && !now.attempts.empty(); });
  EXPECT_EQ(Message::State_Name(seen.state()), Message::State_Name(state));
  EXPECT_EQ(seen.message.uncertain_attempts(), 0);
  ExpectLast(seen, last);
  EXPECT_EQ(relay_.Of(seen.message.id()).copies, 0);
  EXPECT_EQ(second_.Of(seen.message.id()).copies, 0);
  ExpectFault(last.fault);
  return seen;
}

void FaultMatrix::ExpectNextThenDeferred(const Expected& last) {
  const std::string solo = SendCodeSolo();
  ExpectUnsent(solo, Message::DEFERRED, last);
  const Seen next = ExpectAccepted(SendCode(), second_, 2);
  ASSERT_EQ(next.attempts.size(), 2U);
  EXPECT_EQ(next.attempts[0].relay(), "relay0");
  EXPECT_EQ(next.attempts[0].phase(), last.phase);
  EXPECT_EQ(next.attempts[1].relay(), "relay1");
}

Seen FaultMatrix::ExpectDoubt(const std::string& id, const Expected& last, int kept) {
  Seen seen = Await(id, [](const Seen& now) { return now.message.uncertain_attempts() > 0; });
  EXPECT_EQ(Message::State_Name(seen.state()), "DEFERRED") << seen.last().ShortDebugString();
  EXPECT_EQ(seen.message.uncertain_attempts(), 1);
  EXPECT_EQ(v1::Attempt::Outcome_Name(seen.last().outcome()), "UNCERTAIN");
  EXPECT_EQ(seen.last().relay(), "relay0");
  ExpectLast(seen, last);
  EXPECT_EQ(relay_.Of(seen.message.id()).copies, kept);
  EXPECT_EQ(second_.Of(seen.message.id()).copies, 0);
  ExpectFault(last.fault);
  const int64_t wait_s =
      seen.message.next_attempt_time().seconds() - seen.message.update_time().seconds();
  EXPECT_GE(wait_s, 59);
  EXPECT_LE(wait_s, 90);
  return seen;
}

double FaultMatrix::Metric(const std::string& name, const std::vector<std::string>& parts) const {
  double sum = 0;
  const std::string page = service_->Page("/metrics");
  for (const auto& piece : absl::StrSplit(page, '\n')) {
    const std::string line(piece);
    const size_t end = line.find_first_of("{ ");
    if (end == std::string::npos || line.substr(0, end) != name) continue;
    const bool all = std::all_of(parts.begin(), parts.end(), [&](const std::string& part) {
      return line.find(part) != std::string::npos;
    });
    double value = 0;
    if (all && absl::SimpleAtod(line.substr(line.rfind(' ') + 1), &value)) sum += value;
  }
  return sum;
}

double FaultMatrix::Faults(const std::string& kind) const {
  std::vector<std::string> parts = {"relay=\"relay0\""};
  if (!kind.empty()) parts.push_back(absl::StrCat("kind=\"", kind, "\""));
  return Metric("posthaste_relay_faults_total", parts);
}

void FaultMatrix::ExpectFault(const std::string& kind) {
  EXPECT_EQ(Faults(""), kind.empty() ? 0 : 1) << service_->Page("/metrics");
  if (!kind.empty()) {
    EXPECT_EQ(Faults(kind), 1);
  }
}

int64_t FaultMatrix::MemoryKilobytes() const {
  std::ifstream file(absl::StrCat("/proc/", serve_->pid(), "/status"));
  std::string line;
  int64_t kilobytes = 0;
  while (std::getline(file, line)) {
    if (absl::StartsWith(line, "VmRSS:")) std::istringstream(line.substr(6)) >> kilobytes;
  }
  return kilobytes;
}

const smtp::Certificates& FaultMatrix::certificates() {
  if (certificates_ == nullptr) certificates_ = std::make_unique<smtp::Certificates>();
  return *certificates_;
}

}  // namespace posthaste
