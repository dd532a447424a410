// A scene for one row of the fault matrix: the real service against scripted relays, and what is to
// be seen of a message in the end: its state, its last attempt, what the relays hold, what counted
// against them.
//
// Limits are short by the service's own settings (relays[].timeouts), waits of the schedule pass on
// Redis' clock. A row takes about a second.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/ledger_service.h"
#include "tests/smtp/certificates.h"
#include "tests/support/fault_relay.h"
#include "tests/support/poll.h"

namespace posthaste {

// What stands in the service's books about one message.
struct Seen {
  v1::Message message;
  std::vector<v1::Attempt> attempts;  // Oldest first.

  v1::Message::State state() const { return message.state(); }
  const v1::Attempt& last() const;
};

// Of the last attempt.
struct Expected {
  std::string phase;
  std::string reply;  // What it begins with; "" = there was none.
  v1::FailureClass why = v1::FAILURE_CLASS_UNSPECIFIED;
  // What counted against the relay in posthaste_relay_faults_total, by kind; "" = nothing.
  std::string fault;
};

class FaultMatrix : public ::testing::Test {
 protected:
  FaultMatrix();
  ~FaultMatrix() override;

  // Limits of the first relay that are short enough to be waited for; the others keep their own.
  static constexpr char kShort[] =
      "timeouts: {connect: 0.6s, greeting: 0.6s, ehlo: 0.6s, starttls: 0.6s, auth: 0.6s, "
      "mail: 0.6s, rcpt: 0.6s, data: 0.6s, body: 0.6s, dot: 0.6s}";

  // Starts the service with these relays, in order of preference, and waits until it serves.
  void Start(std::vector<uint16_t> relays, const std::string& role = "all");
  void Start() { Start({relay_.port()}); }
  void StartWithSecond() { Start({relay_.port(), second_.port()}); }
  // Of the options before Start().
  void Set(size_t relay, const std::string& settings);

  LedgerService& service() { return *service_; }
  const Caller& caller() const { return *caller_; }
  Process& serve() { return *serve_; }
  void MoveClock(absl::Duration by) { service_->redis().MoveClock(by); }

  // By the tenant with every relay, or by the one that has only the first. The message's id.
  std::string SendCode(absl::Duration ttl = absl::Minutes(30));
  std::string SendCodeSolo();
  // To somebody else of this domain from now on.
  void SetDomain(std::string domain) { domain_ = std::move(domain); }
  std::string SendNotice();

  // When `wanted` holds, or as it is after the limit.
  Seen Await(const std::string& id, const std::function<bool(const Seen&)>& wanted,
             absl::Duration limit = absl::Seconds(15));
  // When it has been tried so often and is not under way.
  Seen AwaitTried(const std::string& id, int attempts = 1);
  Seen AwaitState(const std::string& id, v1::Message::State state);

  // D: the relay holds one copy, and said so in one attempt.
  Seen ExpectAccepted(const std::string& id, FaultRelay& by, int attempts = 1);
  // R, F, X: a state without a doubt, and nobody holds a copy.
  Seen ExpectUnsent(const std::string& id, v1::Message::State state, const Expected& last);
  // N, then R: a message with a second relay goes there at once, and one without is deferred.
  void ExpectNextThenDeferred(const Expected& last);
  // I: a doubt that is labelled, nothing at the second relay, no attempt before a minute is over.
  Seen ExpectDoubt(const std::string& id, const Expected& last, int kept);

  void ExpectLast(const Seen& seen, const Expected& last);
  // The sum of a metric's samples whose labels contain all of `parts`.
  double Metric(const std::string& name, const std::vector<std::string>& parts = {}) const;
  double Faults(const std::string& kind) const;
  void ExpectFault(const std::string& kind);
  int64_t MemoryKilobytes() const;

  const smtp::Certificates& certificates();

  ServiceOptions options_;
  FaultRelay relay_, second_;

 private:
  std::unique_ptr<smtp::Certificates> certificates_;
  std::unique_ptr<LedgerService> service_;
  std::unique_ptr<Caller> caller_, solo_;
  std::unique_ptr<Process> serve_;
  int sent_ = 0;
  std::string domain_ = "example.test";
};

}  // namespace posthaste
