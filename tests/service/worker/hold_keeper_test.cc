// Holds at work: a worker on a real Redis and a real relay.
#include "service/worker/hold_keeper.h"

#include "service/worker/worker.h"
#include "tests/service/worker/worker_fixture.h"

namespace posthaste::worker {
namespace {

using queue::HoldScope;
using queue::MailClass;
using v1::Message;

class HoldKeeperTest : public RedisTest {
 protected:
  HoldKeeperTest() : mini_(smtp::MiniRelay::Start(loop_)) {
    relay_ = RelayAt(mini_->port());
    mails_.shared.routes["shop"] = {smtp::RouteStep{relay_}};
    mails_.shared.grace = absl::Seconds(1);
  }
  ~HoldKeeperTest() override {
    if (worker_ != nullptr) Run(worker_->Stop());
    mini_->Stop();
    Settle();
  }

  void Start() {
    own_ = NewStore();
    sender_ = std::make_unique<smtp::Sender>(loop_, SystemClock(), smtp::TcpDialers(loop_));
    worker_ = std::make_unique<Worker>(loop_, *own_, *sender_, mails_.Lent(),
                                       std::vector<int>{0, 1, 2, 3});
    worker_->Start();
  }

  int64_t Hold(HoldScope scope, const std::string& target, absl::Duration life = absl::Hours(1)) {
    queue::Hold hold;
    hold.scope = scope;
    hold.target = target;
    hold.reason = "they asked us to";
    hold.create_time = store_->clock().Now();
    hold.expire_time = hold.create_time + life;
    return Run(store_->holds().Create(std::move(hold))).value().number;
  }
  void Strike(int64_t number) { ASSERT_TRUE(Run(store_->holds().Delete(number)).ok()); }

  std::string Notice(absl::Duration life = absl::Hours(72)) {
    MailOptions options;
    options.mail_class = MailClass::kNotice;
    options.life = life;
    return Admit(options);
  }
  bool UntilState(const std::string& id, Message::State state) {
    return Until([&] { return StateOf(id) == state; });
  }
  bool UntilHeld(int64_t jobs) {
    const std::string held = store_->keys().Held(0);
    return Until([&] { return Server().Call({"ZCARD", held}) == std::to_string(jobs); });
  }

  std::shared_ptr<smtp::MiniRelay> mini_;
  std::shared_ptr<smtp::Relay> relay_;
  std::unique_ptr<queue::Store> own_;
  std::unique_ptr<smtp::Sender> sender_;
  std::unique_ptr<Worker> worker_;
};

TEST_F(HoldKeeperTest, HoldsFromTheFirstJobOnAndSendsAtOnceWhenTheHoldIsGone) {
  const int64_t number = Hold(HoldScope::kTenant, "shop");
  const std::string id = Notice();
  Start();
  ASSERT_TRUE(UntilHeld(1));
  EXPECT_EQ(StateOf(id), Message::QUEUED);
  const queue::Score held = ScoreOf(id, MailClass::kNotice);
  EXPECT_EQ(held.claims, 1) << "one claim, however long it lasts";
  Settle(std::chrono::milliseconds(1500));
  EXPECT_EQ(ScoreOf(id, MailClass::kNotice), held);
  EXPECT_EQ(mini_->connections, 0);
  Strike(number);
  ASSERT_TRUE(UntilState(id, Message::ACCEPTED));
  EXPECT_EQ(Stored(id).head.attempts, 1);
}

TEST_F(HoldKeeperTest, LetsPassWhatAHoldDoesNotConcern) {
  Hold(HoldScope::kMailClass, "NOTICE");
  Hold(HoldScope::kProvider, "gmail");
  Hold(HoldScope::kTenant, "globex");
  const std::string notice = Notice(), code = Admit();
  Start();
  ASSERT_TRUE(UntilState(code, Message::ACCEPTED));
  ASSERT_TRUE(UntilHeld(1));
  EXPECT_EQ(StateOf(notice), Message::QUEUED);
}

TEST_F(HoldKeeperTest, EndsByItself) {
  Hold(HoldScope::kAll, "", absl::Minutes(5));
  const std::string id = Notice();
  Start();
  ASSERT_TRUE(UntilHeld(1));
  MoveClock(absl::Minutes(5));
  ASSERT_TRUE(UntilState(id, Message::ACCEPTED));
}

TEST_F(HoldKeeperTest, LetsHeldMailExpireOnTime) {
  Hold(HoldScope::kAll, "", absl::Hours(10));
  const std::string id = Notice(absl::Minutes(30)), code = Admit();
  Start();
  ASSERT_TRUE(UntilHeld(2));
  MoveClock(absl::Minutes(31));
  EXPECT_TRUE(UntilState(id, Message::EXPIRED));
  EXPECT_TRUE(UntilState(code, Message::EXPIRED));
  EXPECT_TRUE(UntilHeld(0));
  EXPECT_TRUE(mini_->messages.empty());
}

TEST_F(HoldKeeperTest, ClosesAHeldRelayAndLeavesItsMailToTheNext) {
  const auto other = smtp::MiniRelay::Start(loop_);
  smtp::RelayOptions options;
  options.id = "other";
  options.host = "127.0.0.1";
  options.port = other->port();
  options.allow_private = true;
  options.session.ehlo_name = "client.test";
  options.session.tls = smtp::TlsLevel::kNone;
  mails_.shared.routes["shop"].push_back(
      {std::make_shared<smtp::Relay>(std::move(options), SystemClock()), 1});
  Hold(HoldScope::kRelay, "mini");
  const std::string first = Notice();
  Start();
  ASSERT_TRUE(UntilState(first, Message::ACCEPTED));
  EXPECT_EQ(Stored(first).result.relay(), "other");
  EXPECT_EQ(mini_->connections, 0);
  const int64_t both = Hold(HoldScope::kRelay, "other", absl::Hours(2));
  Settle(std::chrono::milliseconds(1200));
  const std::string second = Notice();
  ASSERT_TRUE(UntilHeld(1));
  Strike(both);
  ASSERT_TRUE(UntilState(second, Message::ACCEPTED));
  EXPECT_EQ(other->messages.size(), 2u);
  other->Stop();
}

TEST_F(HoldKeeperTest, FindsWhatAHoldLeftBehindThatEndedWhileNobodyWorked) {
  const int64_t number = Hold(HoldScope::kTenant, "shop");
  const std::string id = Notice();
  Start();
  ASSERT_TRUE(UntilHeld(1));
  Run(worker_->Stop());
  Strike(number);
  Start();
  EXPECT_TRUE(UntilState(id, Message::ACCEPTED));
}

TEST_F(HoldKeeperTest, OpensASuspendedRelayThatPassedAProbeElsewhere) {
  Start();
  ASSERT_TRUE(Until([&] { return own_->holds().known(); }));
  Settle(std::chrono::milliseconds(100));
  smtp::Outcome refused;
  refused.failure_class = smtp::FailureClass::kAuthFailed;
  refused.scope = smtp::Scope::kConfig;
  relay_->governor().OpenFailed(refused);
  ASSERT_EQ(relay_->governor().BreakerState(), smtp::Breaker::State::kSuspended);
  ASSERT_TRUE(Run(store_->holds().NoteProbe("mini")).ok());
  EXPECT_TRUE(
      Until([&] { return relay_->governor().BreakerState() == smtp::Breaker::State::kClosed; }));
}

// The whole way of a parked job: five holders die, it is set aside, an operator sends it back.
TEST_F(HoldKeeperTest, SendsWhatFiveHoldersLostWhenAnOperatorSendsItBack) {
  const std::string id = Notice();
  for (int lost = 0; lost < queue::kLostLeasesMax; ++lost) {
    std::vector<queue::LeasedJob> jobs;
    for (int tries = 0; tries < 3 && jobs.empty(); ++tries) {
      jobs = Run(store_->leases().Claim(0, MailClass::kNotice, 1, false)).value().jobs;
    }
    ASSERT_EQ(jobs.size(), 1u);
    MoveClock(queue::kLease + absl::Seconds(1));
  }
  Start();
  ASSERT_TRUE(UntilState(id, Message::PARKED));
  EXPECT_TRUE(mini_->messages.empty());
  std::vector<std::string> ids(1, id);
  const auto answers =
      Run(store_->redrive().Run(std::move(ids), false, mails_.shared.seal_keys, mails_.random));
  ASSERT_EQ(answers.value().front().result, queue::Redriven::kDone);
  ASSERT_TRUE(UntilState(id, Message::ACCEPTED));
  ASSERT_EQ(mini_->messages.size(), 1u);
  EXPECT_NE(mini_->messages[0].find("Message-ID: <" + id + "@"), std::string::npos);
  EXPECT_NE(mini_->messages[0].find("Date: Fri, 15 Jan 2027"), std::string::npos)
      << "the day on which it was asked for";
}

}  // namespace
}  // namespace posthaste::worker
