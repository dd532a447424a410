// Rows 57 to 65: deadlines, kills, the store, clocks, leases, and a relay that rolls dice.
#include <signal.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/e2e/fault_matrix.h"
#include "tests/support/fake_random.h"

namespace posthaste {
namespace {

using v1::Message;

constexpr absl::Duration kPastLease = absl::Seconds(31), kPastDoubt = absl::Seconds(90);

class FaultMatrixState : public FaultMatrix {
 protected:
  FaultMatrixState() { options_.relay_settings = {""}; }

  // The service as two processes, so that one can be killed.
  void StartApart() {
    Start({relay_.port()}, "api");
    worker_ = service().Serve("worker");
  }
  void AwaitHeld() {
    ASSERT_TRUE(PollUntil(absl::Seconds(15), [&] { return relay_.held() == 1; }));
  }
  // Its lease passes, and another worker takes over.
  void KillWorker() {
    worker_->Signal(SIGKILL);
    worker_->Wait();
    MoveClock(kPastLease);
    relay_.Behave();
    worker_ = service().Serve("worker");
  }
  void ExpectExpiredUnsent(const std::string& id) {
    const Seen seen = AwaitState(id, Message::EXPIRED);
    EXPECT_EQ(Message::State_Name(seen.state()), "EXPIRED") << seen.message.ShortDebugString();
    EXPECT_EQ(seen.message.uncertain_attempts(), 0);
    EXPECT_EQ(relay_.Of(id).copies, 0);
  }
  // After a doubt that a kill left: labelled, and nothing is sent for a minute.
  Seen ExpectDoubtAfterKill(const std::string& id) {
    Seen seen = Await(id, [](const Seen& now) { return now.message.uncertain_attempts() > 0; });
    EXPECT_EQ(Message::State_Name(seen.state()), "DEFERRED") << seen.message.ShortDebugString();
    EXPECT_EQ(seen.message.uncertain_attempts(), 1);
    const int64_t wait_s =
        seen.message.next_attempt_time().seconds() - seen.message.update_time().seconds();
    EXPECT_GE(wait_s, 59) << "never a blind resend";
    return seen;
  }
  void ExpectAcceptedInTheEnd(const std::string& id, int uncertain, int copies) {
    const Seen seen = AwaitState(id, Message::ACCEPTED);
    EXPECT_EQ(Message::State_Name(seen.state()), "ACCEPTED") << seen.message.ShortDebugString();
    EXPECT_EQ(seen.message.uncertain_attempts(), uncertain);
    EXPECT_EQ(relay_.Of(id).copies, copies);
    EXPECT_TRUE(relay_.Of(id).same);
  }

  std::unique_ptr<Process> worker_;
};

TEST_F(FaultMatrixState, Row57ExpiresWhileThrottled) {
  Set(0, "messages_per_second: 0.01");
  Start();
  ExpectAccepted(SendCode(), relay_);
  const std::string waits = SendCode(absl::Seconds(60));
  EXPECT_TRUE(PollUntil(absl::Seconds(15), [&] {
    return Metric("posthaste_message_transitions_total", {"RELEASED"}) > 0;
  }));
  MoveClock(absl::Seconds(61));
  ExpectExpiredUnsent(waits);
  EXPECT_EQ(relay_.dots(), 1);
}

TEST_F(FaultMatrixState, Row57ExpiresInTls) {
  FaultRelayOptions with_tls;
  with_tls.certificate = certificates().good;
  FaultRelay relay(with_tls);
  relay.At(Stage::kStartTls, {Gate(), Say("220 2.0.0 Go on")});
  Set(0, "tls: REQUIRED");
  Start({relay.port()});
  const std::string id = SendCode(absl::Seconds(60));
  ASSERT_TRUE(PollUntil(absl::Seconds(15), [&] { return relay.held() == 1; }));
  MoveClock(absl::Seconds(61));
  relay.OpenGate();
  ExpectExpiredUnsent(id);
  EXPECT_TRUE(PollUntil(absl::Seconds(10), [&] { return relay.open() <= 1; }));
  EXPECT_EQ(relay.dots(), 0);
}

TEST_F(FaultMatrixState, Row57ExpiresInTheBody) {
  relay_.At(Stage::kData, {Gate(), Say("354 Go on")});
  Start();
  const std::string id = SendCode(absl::Seconds(60));
  AwaitHeld();
  MoveClock(absl::Seconds(61));
  relay_.OpenGate();
  ExpectExpiredUnsent(id);
  EXPECT_TRUE(PollUntil(absl::Seconds(10), [&] { return relay_.open() == 0; }));
  EXPECT_EQ(relay_.dots(), 0) << "closed before the dot";
}

TEST_F(FaultMatrixState, Row59IsKilledBeforeMail) {
  relay_.At(Stage::kEhlo, {Gate(), Close()});
  StartApart();
  const std::string id = SendCode();
  AwaitHeld();
  KillWorker();
  ExpectAcceptedInTheEnd(id, 0, 1);
  EXPECT_EQ(relay_.dots(), 1);
}

TEST_F(FaultMatrixState, Row59IsKilledInTheBody) {
  relay_.At(Stage::kData, {Gate(), Close()});
  StartApart();
  const std::string id = SendCode();
  AwaitHeld();
  EXPECT_EQ(relay_.Of(id).copies, 0);
  KillWorker();
  ExpectAcceptedInTheEnd(id, 0, 1);
}

TEST_F(FaultMatrixState, Row60IsKilledBetweenTheDotAndItsReply) {
  relay_.At(Stage::kDot, {Gate(), Close()});
  StartApart();
  const std::string id = SendCode();
  AwaitHeld();
  KillWorker();
  ExpectDoubtAfterKill(id);
  EXPECT_EQ(relay_.tries(), 1);
  MoveClock(kPastDoubt);
  ExpectAcceptedInTheEnd(id, 1, 1);
}

TEST_F(FaultMatrixState, Row61IsKilledBeforeTheOutcomeIsStored) {
  options_.redis_proxy = true;
  relay_.At(Stage::kDot,
            {Keep(), Gate(), Say("250 2.0.0 Kept"), Wait(absl::Milliseconds(50)), Hang()});
  StartApart();
  const std::string id = SendCode();
  AwaitHeld();
  service().proxy().Set(FaultProxy::Mode::kBlackhole);
  relay_.OpenGate();
  // The 250 has been said: the relay waits for what is next on the connection.
  EXPECT_TRUE(PollUntil(absl::Seconds(5), [&] { return relay_.held() == 0; }));
  AwaitHeld();
  worker_->Signal(SIGKILL);
  worker_->Wait();
  // What the dead worker had said is lost with its connection.
  service().proxy().Cut(true);
  service().proxy().Set(FaultProxy::Mode::kPass);
  MoveClock(kPastLease);
  relay_.Behave();
  worker_ = service().Serve("worker");
  ExpectDoubtAfterKill(id);
  MoveClock(kPastDoubt);
  ExpectAcceptedInTheEnd(id, 1, 2);
}

class FaultMatrixStore : public FaultMatrixState {
 protected:
  FaultMatrixStore() { options_.redis_proxy = true; }

  // The first message is past its dot, the second before its fence.
  void HoldTwo() {
    relay_.PlayScript([](const Moment& moment) -> std::optional<Act> {
      const bool first = absl::StartsWith(moment.recipient, "u1@");
      if (moment.stage == Stage::kDot && first) {
        return Act{Keep(), Gate(), Say("250 2.0.0 Kept")};
      }
      if (moment.stage == Stage::kData && !first) return Act{Gate(), Say("354 Go on")};
      return std::nullopt;
    });
    Start({relay_.port()}, "all");
    first_ = SendCode();
    second_id_ = SendCode();
    ASSERT_TRUE(PollUntil(absl::Seconds(15), [&] { return relay_.held() == 2; }));
  }

  std::string first_, second_id_;
};

TEST_F(FaultMatrixStore, Row62IsAwayDuringTheOutcomesWrite) {
  HoldTwo();
  service().proxy().Set(FaultProxy::Mode::kBlackhole);
  relay_.OpenGate();
  // Longer than the service waits for Redis: no fence, no dot.
  EXPECT_FALSE(PollUntil(absl::Seconds(3), [&] { return relay_.dots() > 1; }));
  service().proxy().Cut(true);
  service().proxy().Set(FaultProxy::Mode::kPass);
  ExpectAcceptedInTheEnd(first_, 0, 1);
  ExpectAcceptedInTheEnd(second_id_, 0, 1);
}

TEST_F(FaultMatrixStore, Row62IsSlowDuringTheOutcomesWrite) {
  HoldTwo();
  service().proxy().SetDelay(absl::Milliseconds(400));
  relay_.OpenGate();
  PollUntil(absl::Milliseconds(300), [] { return false; });
  EXPECT_LE(relay_.dots(), 1);
  service().proxy().SetDelay(absl::ZeroDuration());
  ExpectAcceptedInTheEnd(first_, 0, 1);
  ExpectAcceptedInTheEnd(second_id_, 0, 1);
}

TEST_F(FaultMatrixStore, Row62IsFullDuringTheOutcomesWrite) {
  HoldTwo();
  service().redis().Call({"CONFIG", "SET", "maxmemory", "1"});
  relay_.OpenGate();
  ExpectAcceptedInTheEnd(first_, 0, 1);
  ExpectAcceptedInTheEnd(second_id_, 0, 1);
}

class FaultMatrixClock : public FaultMatrixState {
 protected:
  FaultMatrixClock() {
    Jump(absl::ZeroDuration());
    options_.environment = {"LD_PRELOAD=" PH_REDIS_CLOCK, "PH_CLOCK_FILE=" + file_};
  }
  // Sets the service's own wall clock, by so much off the true time.
  void Jump(absl::Duration by) {
    const int64_t micros = absl::ToInt64Microseconds(by);
    std::fstream file(file_, std::ios::binary | std::ios::in | std::ios::out);
    file.write(reinterpret_cast<const char*>(&micros), sizeof(micros));
  }

  // The clock is set between the first bytes of a body and its dot.
  void ExpectKeptThoughTheClockJumps(absl::Duration by) {
    options_.relay_settings = {"timeouts: {body: 10s, dot: 10s}"};
    relay_.At(Stage::kBody, {Gate()});
    Start();
    const std::string id = SendCode(absl::Seconds(60));
    AwaitHeld();
    Jump(by);
    relay_.OpenGate();
    ExpectAcceptedInTheEnd(id, 0, 1);
    EXPECT_EQ(relay_.tries(), 1);
  }

  const TempDir dir_;
  const std::string file_ = dir_.Write("offset", std::string(8, '\0'));
};

TEST_F(FaultMatrixClock, Row63JumpsByAnHour) {
  Start();
  Jump(absl::Hours(1));
  ExpectAcceptedInTheEnd(SendCode(absl::Seconds(60)), 0, 1);
  Jump(-absl::Hours(1));
  ExpectAcceptedInTheEnd(SendCode(absl::Seconds(60)), 0, 1);
  relay_.Play([](const std::string&, int) { return Fate::kDeferRcpt; });
  const std::string expires = SendCode(absl::Seconds(60));
  EXPECT_EQ(Message::State_Name(AwaitTried(expires).state()), "DEFERRED");
  MoveClock(absl::Seconds(61));
  ExpectExpiredUnsent(expires);
}

TEST_F(FaultMatrixClock, Row63JumpsForwardInsideABody) {
  ExpectKeptThoughTheClockJumps(absl::Hours(1));
}

TEST_F(FaultMatrixClock, Row63JumpsBackInsideABody) {
  ExpectKeptThoughTheClockJumps(-absl::Hours(1));
}

TEST_F(FaultMatrixState, Row64IsClaimedByTwoWorkers) {
  relay_.PlayScript([](const Moment& moment) -> std::optional<Act> {
    if (moment.stage != Stage::kData || moment.connection > 1) return std::nullopt;
    return Act{Gate(), Say("354 Go on")};
  });
  StartApart();
  const std::string id = SendCode();
  AwaitHeld();
  worker_->Signal(SIGSTOP);
  MoveClock(kPastLease);
  const auto second = service().Serve("worker");
  ExpectAcceptedInTheEnd(id, 0, 1);
  relay_.OpenGate();
  worker_->Signal(SIGCONT);
  // The first one's session ends without a dot.
  EXPECT_TRUE(PollUntil(absl::Seconds(10), [&] { return relay_.open() == 1; }));
  EXPECT_EQ(relay_.dots(), 1);
  EXPECT_EQ(relay_.Of(id).copies, 1);
}

// Anything at any stage, but for lies: what is kept is not refused, not even before the dot, and
// what is not kept gets no yes.
class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}

  std::optional<Act> Roll(const Moment& moment) {
    const bool opening = moment.stage <= Stage::kAuth;
    if (random_.Unit() > (opening ? 0.03 : 0.2)) return std::nullopt;
    const bool keep = moment.stage == Stage::kDot && random_.Unit() < 0.5;
    Act act;
    if (keep) act.push_back(Keep());
    const int steps = 1 + Up(3);
    for (int i = 0; i < steps; ++i) act.push_back(Some(moment.stage, keep));
    if (moment.stage == Stage::kBody && std::ranges::any_of(act, Refuses)) act.push_back(Close());
    return act;
  }

 private:
  static bool Refuses(const Step& step) {
    return step.bytes.starts_with('4') || step.bytes.starts_with('5');
  }

  int Up(int below) { return static_cast<int>(random_.Unit() * below); }

  Step Some(Stage stage, bool kept) {
    switch (Up(8)) {
      case 0:
        return Close();
      case 1:
        return Reset();
      case 2:
        return Raw(random_.Bytes(1 + static_cast<size_t>(Up(200))));
      case 3:
        return Raw(std::string(1 + static_cast<size_t>(Up(40'000)), 'x'));
      case 4:
        return Wait(absl::Milliseconds(Up(200)));
      case 5:
        return Raw(Code(stage, kept) + "-more\r\n");
      case 6:
        return Drip(Code(stage, kept) + " 4.2.2 odd\r\n", absl::ZeroDuration());
      default:
        return Say(Code(stage, kept) + " odd");
    }
  }

  std::string Code(Stage stage, bool kept) {
    static const char* const kAny[] = {"250", "354", "421", "451", "550", "220", "199", "999"};
    static const char* const kKept[] = {"250", "354", "220", "199", "999"};
    static const char* const kNotKept[] = {"354", "421", "451", "550", "220", "199", "999"};
    if (stage == Stage::kBody || stage == Stage::kData) return kNotKept[Up(7)];
    if (stage != Stage::kDot) return kAny[Up(8)];
    return kept ? kKept[Up(5)] : kNotKept[Up(7)];
  }

  FakeRandom random_;
};

#ifdef PH_SANITIZED  // Its red zones and its quarantine are memory too.
constexpr int64_t kGrowthKilobytesMax = 96 * 1024;
#else
constexpr int64_t kGrowthKilobytesMax = 48 * 1024;
#endif

TEST_F(FaultMatrix, Row65RollsDice) {
  const char* const wanted = std::getenv("FAULT_MATRIX_MESSAGES");
  const int messages = wanted == nullptr ? 300 : std::atoi(wanted);
  Dice dice(65);
  relay_.PlayScript([&dice](const Moment& moment) { return dice.Roll(moment); });
  Set(0, "transactions_per_session: 3");
  StartWithSecond();
  const int64_t before = MemoryKilobytes();
  std::vector<std::string> open;
  for (int i = 0; i < messages; ++i) open.push_back(i % 2 == 0 ? SendCode() : SendNotice());
  std::map<std::string, Message> ended;
  EXPECT_TRUE(PollUntil(absl::Seconds(60), [&] {
    std::erase_if(open, [&](const std::string& id) {
      Message message;
      if (caller().Get(id, &message).ok() && Terminal(message.state())) ended[id] = message;
      return ended.contains(id);
    });
    MoveClock(absl::Seconds(5));
    PollUntil(absl::Milliseconds(100), [] { return false; });
    return open.empty();
  })) << open.size();
  EXPECT_TRUE(serve().Running()) << serve().Err();
  EXPECT_LT(MemoryKilobytes() - before, kGrowthKilobytesMax);
  for (const auto& [id, message] : ended) {
    const int copies = relay_.Of(id).copies + second_.Of(id).copies;
    const int doubts = message.uncertain_attempts();
    const bool accepted = message.state() == Message::ACCEPTED;
    EXPECT_LE(copies, doubts + (accepted ? 1 : 0)) << message.ShortDebugString();
    if (accepted) {
      EXPECT_GE(copies, 1) << message.ShortDebugString();
    }
    if (!accepted && message.state() != Message::UNCERTAIN) {
      EXPECT_EQ(copies, 0) << message.ShortDebugString();
    }
    EXPECT_LE(doubts, message.mail_class() == v1::CODE ? 2 : 3);
  }
}

}  // namespace
}  // namespace posthaste
