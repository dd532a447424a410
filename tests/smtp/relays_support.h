// What the tests of relays share: a fence, a message, a Sender on a loop of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "smtp/sender.h"
#include "tests/smtp/mini_relay.h"
#include "tests/support/run_task.h"

namespace posthaste::smtp {

inline const std::string kMessage = "Subject: hello\r\n\r\nBody\r\n";

class FixedFence final : public Fence {
 public:
  FixedFence(FenceAnswer answer, int* asked) : answer_(answer), asked_(asked) {}
  void Ask() override { ++*asked_; }
  Task<FenceAnswer> Answer() override { co_return answer_; }

 private:
  const FenceAnswer answer_;
  int* const asked_;
};

class RelaysTest {
 public:
  RelaysTest() : sender(loop, SystemClock(), TcpDialers(loop)) {}

  RelayOptions Options(std::string id, uint16_t port) {
    RelayOptions options;
    options.id = std::move(id);
    options.host = "127.0.0.1";
    options.port = port;
    options.allow_private = true;
    options.session.ehlo_name = "client.test";
    options.session.tls = TlsLevel::kNone;
    return options;
  }
  std::shared_ptr<Relay> MakeRelay(std::string id, uint16_t port) {
    return std::make_shared<Relay>(Options(std::move(id), port), SystemClock());
  }

  Task<Sent> Sending(std::vector<std::shared_ptr<Relay>> relays, Urgency urgency = Urgency::kOther,
                     absl::Duration life = absl::Seconds(20)) {
    Envelope envelope;
    envelope.mail_from = "bounce@client.test";
    envelope.rcpt_to = "someone@example.test";
    FenceFactory fences = [this] { return std::make_unique<FixedFence>(fence, &fences_asked); };
    Sent sent = co_await sender.Send(relays, envelope, kMessage, fences, urgency,
                                     SystemClock().Now() + life);
    co_return sent;
  }
  Sent Send(std::vector<std::shared_ptr<Relay>> relays, Urgency urgency = Urgency::kOther,
            absl::Duration life = absl::Seconds(20)) {
    return RunTask(loop, Sending(std::move(relays), urgency, life), std::chrono::seconds(30));
  }
  // Lets what is ready on the loop happen.
  void Settle() {
    loop.restart();
    loop.run_for(std::chrono::milliseconds(20));
  }

  Loop loop;
  FenceAnswer fence = FenceAnswer::kPass;
  int fences_asked = 0;
  Sender sender;
};

inline bool Accepted(const Sent& sent) {
  return !sent.attempts.empty() && sent.attempts.back().ending == Ending::kJudged &&
         sent.attempts.back().outcome.verdict == Verdict::kAccepted;
}

}  // namespace posthaste::smtp
