// A session against a scripted relay whose dialogue stands in the test: for what the files of
// tests/dialogues cannot show.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <sstream>
#include <string>

#include "smtp/session.h"
#include "tests/support/run_task.h"
#include "tests/support/scripted_relay.h"

namespace posthaste::smtp {

// A fence that answers when it is told to.
class HeldFence final : public Fence {
 public:
  HeldFence(Loop& loop, FakeClock& clock) : open_(loop), clock_(clock) {
    open_.expires_at(asio::steady_timer::time_point::max());
  }
  void Ask() override { ++asked; }
  Task<FenceAnswer> Answer() override {
    waiting = true;
    while (held) co_await open_.async_wait(kAsTuple);
    clock_.Advance(slow);
    ++answered;
    co_return answer;
  }
  void Release() {
    held = false;
    open_.cancel();
  }

  int asked = 0, answered = 0;
  bool held = false, waiting = false;
  FenceAnswer answer = FenceAnswer::kPass;
  absl::Duration slow;  // How long the answer takes.

 private:
  asio::steady_timer open_;
  FakeClock& clock_;
};

class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    options_.relay = "primary";
    options_.tls_name = "relay.test";
    options_.ehlo_name = "client.test";
    options_.tls = TlsLevel::kNone;
    envelope_.mail_from = "noreply@client.test";
    envelope_.rcpt_to = "anna.lee@x.test";
  }

  // The relay's side, in the form of the files.
  void Script(const std::string& text) {
    dialogue_ = ParseDialogue("# in a test\n" + text);
    relay_ = std::make_unique<ScriptedRelay>(dialogue_, clock_, RelayMode());
    relay_->BeginTransaction(message_);
  }
  void Open() {
    const uint16_t port = 25;
    session_ =
        RunTask(loop_, Session::Open(*relay_, clock_, "relay.test", port, options_, &failed_));
  }
  Attempt Send() { return RunTask(loop_, session_->Send(envelope_, message_, fence_)); }

  static absl::Duration Spent(const Attempt& attempt, Phase phase) {
    return attempt.phase_durations[static_cast<size_t>(phase)];
  }

  static constexpr const char* kGreet =
      "S: 220 relay.test\nC: EHLO client.test\nS: 250-relay.test\nS: 250 PIPELINING\n";
  static constexpr const char* kOffer =
      "C: MAIL FROM:<noreply@client.test>\nC: RCPT TO:<anna.lee@x.test>\nC: DATA\n"
      "S: 250 Ok\nS: 250 Ok\nS: 354 Go\n";

  Loop loop_;
  FakeClock clock_;
  SessionOptions options_;
  Envelope envelope_;
  std::string message_ = "Subject: hello\r\n\r\n.\r\n";
  HeldFence fence_{loop_, clock_};
  Dialogue dialogue_;
  std::unique_ptr<ScriptedRelay> relay_;
  std::unique_ptr<Session> session_;
  Attempt failed_;
};

}  // namespace posthaste::smtp
