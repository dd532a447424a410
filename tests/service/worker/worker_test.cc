#include "service/worker/worker.h"

#include <set>

#include "service/queue/waker.h"
#include "tests/service/worker/node_fixture.h"

namespace posthaste::worker {
namespace {

using queue::MailClass;

TEST_F(WorkerTest, HandsAJobToTheRelayAndSettlesItAccepted) {
  const std::string id = Admit();
  Node& node = Start();
  ASSERT_TRUE(UntilState(id, Message::ACCEPTED));
  EXPECT_EQ(Stored(id).head.attempts, 1);
  EXPECT_EQ(Stored(id).result.relay(), "mini");
  EXPECT_EQ(mini_->messages.size(), 1u);
  EXPECT_TRUE(Until([&] { return node.worker.held() == 0; }));
}

TEST_F(WorkerTest, TriesAgainWhatTheRelayDefers) {
  mini_->once["RCPT"] = "451 4.3.0 later";
  const std::string id = Admit();
  Start();
  ASSERT_TRUE(UntilState(id, Message::DEFERRED));
  MoveClock(absl::Seconds(7));
  ASSERT_TRUE(UntilState(id, Message::ACCEPTED));
  EXPECT_EQ(Stored(id).head.attempts, 2);
}

TEST_F(WorkerTest, DoesEveryJobOnceWhenTwoWorkOnTheSameShards) {
  constexpr int kJobs = 60;
  for (int i = 0; i < kJobs; ++i) {
    MailOptions options;
    options.to = "u" + std::to_string(i) + "@example.test";
    options.shard = i % kShards;
    Admit(options);
  }
  Start();
  Start();
  ASSERT_TRUE(Until([&] { return mini_->messages.size() >= kJobs; }));
  Settle(std::chrono::milliseconds(200));
  EXPECT_EQ(mini_->messages.size(), static_cast<size_t>(kJobs));
  const std::set<std::string> recipients(mini_->recipients.begin(), mini_->recipients.end());
  EXPECT_EQ(recipients.size(), static_cast<size_t>(kJobs));
}

TEST_F(WorkerTest, KeepsAFifthOfItsSlotsForCodes) {
  mails_.shared.slots = 5;
  KeepSilent();
  MailOptions notice;
  notice.mail_class = MailClass::kNotice;
  for (int i = 0; i < 6; ++i) Admit(notice);
  Node& node = Start();
  ASSERT_TRUE(Until([&] { return node.worker.held() == 4; }));
  ASSERT_TRUE(Until([&] { return mini_->recipients.size() == 4; }));
  Settle(std::chrono::milliseconds(50));
  EXPECT_EQ(node.worker.held(), 4);
  mini_->replies.erase("DOT");  // For those to come only.
  const std::string code = Admit();
  EXPECT_TRUE(UntilState(code, Message::ACCEPTED));
  EXPECT_EQ(mini_->messages.size(), 1u);
}

TEST_F(WorkerTest, SendsOthersToo) {
  mails_.shared.slots = 1;
  MailOptions notice;
  notice.mail_class = MailClass::kNotice;
  const std::string id = Admit(notice);
  Start();
  EXPECT_TRUE(UntilState(id, Message::ACCEPTED));
}

TEST_F(WorkerTest, LetsNoFloodOfCodesStopTheRest) {
  mails_.shared.slots = 2;
  MailOptions notice, general;
  notice.mail_class = MailClass::kNotice;
  general.mail_class = MailClass::kGeneral;
  const std::string notice_id = Admit(notice), general_id = Admit(general);
  for (int i = 0; i < 100; ++i) Admit();
  Start({0});
  ASSERT_TRUE(Until([&] {
    return StateOf(notice_id) == Message::ACCEPTED && StateOf(general_id) == Message::ACCEPTED;
  }));
  EXPECT_GT(Waiting(0), 20);
}

TEST_F(WorkerTest, LetsNoShardStopTheOthers) {
  mails_.shared.slots = 1;
  for (int i = 0; i < 120; ++i) {
    MailOptions options;
    options.shard = i % kShards;
    Admit(options);
  }
  Start();
  ASSERT_TRUE(Until([&] { return mini_->messages.size() >= 60; }));
  for (int shard = 0; shard < kShards; ++shard) EXPECT_LT(Waiting(shard), 25) << shard;
}

TEST_F(WorkerTest, OffersSlotsAgainThatAClaimDidNotFill) {
  mails_.shared.slots = 1;
  MailOptions last;
  last.shard = kShards - 1;
  const std::string id = Admit(last);
  const SteadyTime begin = SystemClock().Steady();
  Start();
  ASSERT_TRUE(UntilState(id, Message::ACCEPTED, kShards - 1));
  EXPECT_LT(SystemClock().Steady() - begin, std::chrono::milliseconds(900));
}

TEST_F(WorkerTest, TakesANewJobAtOnceWhenItIsWoken) {
  Node& node = Start({0});
  const auto wake = [&](int shard) { node.worker.Wake(shard); };
  const auto waker =
      queue::Waker::Make(loop_, redis::UnixOptions(Server()), store_->keys(), wake).value();
  const std::string armed = store_->keys().Armed(0);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(Until([&] { return Server().Call({"EXISTS", armed}) == "1"; }));
    Settle(std::chrono::milliseconds(100));
    const SteadyTime begin = SystemClock().Steady();
    const std::string id = Admit();
    ASSERT_TRUE(UntilState(id, Message::ACCEPTED));
    EXPECT_LT(SystemClock().Steady() - begin, std::chrono::milliseconds(500));
  }
}

TEST_F(WorkerTest, KeepsTheLeaseOfAJobWhoseRelayIsSlow) {
  mails_.shared.renew_every = absl::Milliseconds(20);
  KeepSilentOnce();
  const std::string id = Admit();
  Start();
  ASSERT_TRUE(UntilSilent());
  for (int i = 0; i < 3; ++i) {
    MoveClock(absl::Seconds(20));
    const int64_t now_ms = store_->clock().NowMillis();
    ASSERT_TRUE(Until([&] { return ScoreOf(id).visible_ms > now_ms + 25'000; })) << i;
  }
  Answer();
  ASSERT_TRUE(UntilState(id, Message::ACCEPTED));
  EXPECT_EQ(Stored(id).head.attempts, 1);
  EXPECT_EQ(Stored(id).head.uncertain, 0);
}

TEST_F(WorkerTest, HoldsAJobApartFromItsLostLease) {
  KeepSilentOnce();
  const std::string id = Admit();
  Node& node = Start();
  ASSERT_TRUE(UntilSilent());
  MoveClock(queue::kLease +
            absl::Seconds(1));  // Not renewed in time: claimed again, by the same worker.
  ASSERT_TRUE(Until([&] { return Stored(id).head.uncertain == 1; }));
  EXPECT_TRUE(Until([&] { return node.worker.held() == 1; }));
  Answer();
  EXPECT_TRUE(Until([&] { return node.worker.held() == 0; }));
  EXPECT_EQ(StateOf(id), Message::DEFERRED);
}

TEST_F(WorkerTest, GivesBackAtNoCostWhatItHasNotTriedWhenItStops) {
  mails_.shared.routes["shop"] = {smtp::RouteStep{RelayAt(mini_->port(), 1)}};
  KeepSilentOnce();
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(Admit());
  Node& node = Start({0});
  ASSERT_TRUE(Until([&] { return node.worker.held() == 4; }));
  ASSERT_TRUE(UntilSilent());
  bool stopped = false;
  BeginStop(node, &stopped);
  ASSERT_TRUE(Until([&] { return node.worker.held() == 1; }));
  EXPECT_FALSE(stopped);
  Answer();
  ASSERT_TRUE(Until([&] { return stopped; }));
  int accepted = 0;
  for (const std::string& id : ids) {
    const queue::Record record = Stored(id);
    accepted += record.head.state == Message::ACCEPTED ? 1 : 0;
    if (record.head.state == Message::ACCEPTED) continue;
    EXPECT_EQ(record.head.state, Message::QUEUED);
    EXPECT_EQ(record.head.attempts, 0);
    EXPECT_EQ(record.head.settled, ScoreOf(id).claims);
  }
  EXPECT_EQ(accepted, 1);
}

TEST_F(WorkerTest, LeavesNothingRunningWhenItHasStopped) {
  Node& node = Start();
  Settle();
  Run(node.worker.Stop());
  EXPECT_EQ(node.worker.held(), 0);
  nodes_.clear();  // What still ran would touch freed memory.
  Settle(std::chrono::milliseconds(50));
}

TEST_F(WorkerTest, StopsThoughItNeverStarted) {
  Node& node = NewNode();
  Run(node.worker.Stop());
  Run(node.worker.Stop());
  node.stopped = true;
}

TEST_F(WorkerTest, StopsWithinItsGraceThoughRedisIsAway) {
  mails_.shared.grace = absl::Milliseconds(300);
  KeepSilentOnce();
  const std::string id = Admit();
  Node& node = Start();
  ASSERT_TRUE(UntilSilent());
  node.store->client().Close();
  Answer();
  bool stopped = false;
  const SteadyTime begin = SystemClock().Steady();
  BeginStop(node, &stopped);
  ASSERT_TRUE(Until([&] { return stopped; }));
  EXPECT_LT(SystemClock().Steady() - begin, std::chrono::seconds(4));
  EXPECT_TRUE(ScoreOf(id).dot);  // Whoever claims it next settles it uncertain.
}

TEST_F(WorkerTest, GoesOnWhenRedisIsBack) {
  Start();
  Settle();
  const std::string id = Admit();
  ASSERT_TRUE(UntilState(id, Message::ACCEPTED));
  Server().Kill9();
  Settle(std::chrono::milliseconds(100));
  Server().Restart();
  ASSERT_TRUE(Until([&] { return store_->client().ready(); }));
  EXPECT_TRUE(UntilState(Admit(), Message::ACCEPTED));
}

// What only an operator can mend (rows 19 and 26 of the fault matrix): the mail waits.
TEST_F(WorkerTest, RefusedCredentialsSuspendTheRelayAndBounceNothing) {
  MailOptions notice;
  notice.mail_class = MailClass::kNotice;
  mini_->replies["MAIL"] = "535 5.7.8 Error: authentication failed";
  Start();
  const std::string id = Admit(notice);
  EXPECT_TRUE(UntilState(id, Message::DEFERRED));
  EXPECT_EQ(Stored(id).head.failure_class, v1::AUTH_FAILED);
  EXPECT_EQ(mails_.shared.routes["shop"][0].relay->governor().BreakerState(),
            smtp::Breaker::State::kSuspended);
}

TEST_F(WorkerTest, BadPapersBounceNothing) {
  MailOptions notice;
  notice.mail_class = MailClass::kNotice;
  mini_->replies["DOT"] = "550 5.7.26 This mail is unauthenticated";
  Start();
  const std::string id = Admit(notice);
  EXPECT_TRUE(UntilState(id, Message::DEFERRED));
  EXPECT_EQ(Stored(id).head.failure_class, v1::POLICY_AUTH);
}

// Row 27: the relay lost count of what we said; it is not to blame beyond this connection.
TEST_F(WorkerTest, ARelayOutOfStepIsAskedAgainOnAnotherConnection) {
  mini_->once["MAIL"] = "503 5.5.1 EHLO first";
  Start();
  const std::string id = Admit();
  ASSERT_TRUE(UntilState(id, Message::DEFERRED));
  EXPECT_EQ(Stored(id).head.failure_class, v1::PROTOCOL_ERROR);
  smtp::Governor& governor = mails_.shared.routes["shop"][0].relay->governor();
  EXPECT_EQ(governor.BreakerState(), smtp::Breaker::State::kClosed);
  EXPECT_EQ(governor.ReopenTime(), absl::InfinitePast()) << "nobody backs off";
  MoveClock(absl::Seconds(10));
  EXPECT_TRUE(UntilState(id, Message::ACCEPTED));
  EXPECT_EQ(mini_->connections, 2);
}

// The whole way of a refusal: a relay's 550, the next notice, the list, and back.
TEST_F(WorkerTest, WhoWasRefusedGetsNoNoticesUntilTakenOffTheList) {
  using Kind = queue::AdmitAnswer::Kind;
  MailOptions notice;
  notice.mail_class = MailClass::kNotice;
  mini_->replies["RCPT"] = "550 5.1.1 No such user";
  Start();
  const std::string refused = Admit(notice);
  ASSERT_TRUE(UntilState(refused, Message::BOUNCED));
  std::string id;
  EXPECT_EQ(TryAdmit(notice, &id), Kind::kSuppressed);
  const std::string suppression = queue::SuppressionId(0, std::string(16, 'm'));
  const auto gone = Run(store_->suppressions().Delete("shop", suppression)).value();
  ASSERT_TRUE(gone.has_value());
  EXPECT_EQ(gone->suppression.cause, queue::Cause::kInvalidRecipient);
  EXPECT_EQ(gone->suppression.strength, queue::Strength::kHard);
  EXPECT_EQ(gone->suppression.note.message_id, refused);
  mini_->replies.erase("RCPT");
  ASSERT_EQ(TryAdmit(notice, &id), Kind::kAdmitted);
  EXPECT_TRUE(UntilState(id, Message::ACCEPTED));
}

// What waits for its next try when its recipient is put on the list ends without one; a code does
// so only where nobody lives.
TEST_F(WorkerTest, EndsWhatWaitsForARecipientThatIsSuppressedMeanwhile) {
  using queue::Strength;
  struct Case {
    MailClass mail_class;
    Strength strength;
    Message::State state;
  };
  for (const Case& one : {Case{MailClass::kNotice, Strength::kSoft, Message::SUPPRESSED},
                          Case{MailClass::kCode, Strength::kHard, Message::SUPPRESSED},
                          Case{MailClass::kCode, Strength::kSoft, Message::ACCEPTED}}) {
    if (nodes_.empty()) Start();
    MailOptions options;
    options.mail_class = one.mail_class;
    mini_->once["RCPT"] = "451 4.3.0 later";
    const std::string id = Admit(options);
    ASSERT_TRUE(UntilState(id, Message::DEFERRED));
    const size_t sent = mini_->messages.size(), asked = mini_->recipients.size();
    queue::NewSuppression suppression;
    suppression.cause = queue::Cause::kMailboxFull;
    suppression.strength = one.strength;
    suppression.mailbox_hash = std::string(16, 'm');
    ASSERT_TRUE(Run(store_->suppressions().Create("shop", 0, std::move(suppression))).ok());
    MoveClock(absl::Seconds(40));
    ASSERT_TRUE(UntilState(id, one.state)) << static_cast<int>(one.mail_class);
    const bool taken = one.state == Message::ACCEPTED;
    EXPECT_EQ(mini_->messages.size() - sent, taken ? 1u : 0u);
    EXPECT_EQ(mini_->recipients.size() - asked, taken ? 1u : 0u);
    const std::string name = queue::SuppressionId(0, std::string(16, 'm'));
    ASSERT_TRUE(Run(store_->suppressions().Delete("shop", name)).ok());
  }
}

TEST_F(WorkerTest, EndsADecoyWithoutSpeakingToARelay) {
  MailOptions decoy;
  decoy.flags = queue::kFlagDecoy;
  const std::string id = Admit(decoy);
  Start();
  EXPECT_TRUE(Until([&] { return StateOf(id) == Message::SUPPRESSED; }));
  EXPECT_EQ(mini_->connections, 0);
}

}  // namespace
}  // namespace posthaste::worker
