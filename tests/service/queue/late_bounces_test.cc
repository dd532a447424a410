#include "service/queue/late_bounces.h"

#include <gmock/gmock.h>

#include <sstream>

#include "service/queue/suppressions.h"
#include "tests/service/queue/cluster_redis.h"
#include "tests/service/queue/lease_harness.h"

namespace posthaste::queue {
namespace {

const std::string kAna = std::string(16, 'a');

class LateBouncesTest : public LeaseTest {
 protected:
  LateBouncesTest()
      : bounces_(*peer_.client, keys_, peer_.clock, peer_.messages),
        list_(*peer_.client, keys_, peer_.clock) {}

  // A message to Ana that ended so.
  std::string Ended(State state, MailClass mail_class = MailClass::kCode) {
    const std::string id = Queued(mail_class);
    Settlement end = End(Claim(1, mail_class).at(0).lease, state);
    if (state == v1::Message::UNCERTAIN) end.uncertain = 1;
    end.result.set_relay("mx1");
    end.result.set_last_reply("250 2.0.0 Ok");
    end.result.set_phase("dot");
    EXPECT_EQ(Settle(end), Settled::kDone);
    return id;
  }
  std::string Queued(MailClass mail_class = MailClass::kCode) {
    JobOptions options;
    options.mail_class = mail_class;
    options.facts.set_mailbox_hash(kAna);
    options.facts.set_masked_recipient("a***@example.com");
    return AddJob(options);
  }
  static LateBounce Bounce() {
    LateBounce bounce;
    bounce.failure_class = v1::INVALID_RECIPIENT;
    bounce.scope = v1::RECIPIENT;
    bounce.reply = "550 5.1.1 No such user";
    bounce.suppress = SuppressionFor(v1::INVALID_RECIPIENT, true);
    return bounce;
  }
  Reported Report(const std::string& id, const LateBounce& bounce = Bounce(),
                  const std::string& tenant = "acme") {
    return Run(bounces_.Report(tenant, id, bounce)).value();
  }
  std::optional<SuppressionView> Suppressed() {
    return Run(list_.Get("acme", SuppressionId(0, kAna))).value();
  }
  std::string EventCount() { return Server().Call({"XLEN", keys_.Events(0)}); }

  LateBounces bounces_;
  Suppressions list_;
};

TEST_F(LateBouncesTest, TurnAcceptedIntoBouncedLateWithAllThatFollows) {
  const std::string id = Ended(v1::Message::ACCEPTED);
  const std::string verification = BeginVerification(id, id);
  Server().MoveClock(absl::Hours(1));
  const std::string life = Server().Call({"PEXPIRETIME", keys_.Message(0, id)});
  EXPECT_EQ(Report(id), Reported::kDone);
  const Record record = View(id).record;
  EXPECT_EQ(record.head.state, v1::Message::BOUNCED);
  EXPECT_NE(record.head.flags & kFlagLate, 0);
  EXPECT_EQ(record.head.failure_class, v1::INVALID_RECIPIENT);
  EXPECT_EQ(record.head.scope, v1::RECIPIENT);
  EXPECT_GT(record.head.accept_ms, 0) << "it was accepted, and when stays known";
  EXPECT_GT(record.head.change_ms, record.head.accept_ms);
  EXPECT_EQ(record.result.last_reply(), "550 5.1.1 No such user");
  EXPECT_EQ(record.result.relay(), "mx1");
  EXPECT_EQ(record.facts.masked_recipient(), "a***@example.com");
  EXPECT_EQ(Server().Call({"PEXPIRETIME", keys_.Message(0, id)}), life) << "retention goes on";
  EXPECT_EQ(Verification(verification).state, v1::Verification::UNDELIVERABLE);
  EXPECT_EQ(Verification(verification).revision, 5);
  EXPECT_EQ(Suppressed()->suppression.cause, Cause::kInvalidRecipient);
  EXPECT_EQ(Suppressed()->suppression.note.message_id, id);
  EXPECT_EQ(Suppressed()->suppression.note.masked_recipient, "a***@example.com");
}

TEST_F(LateBouncesTest, AreCountedOnce) {
  const std::string id = Ended(v1::Message::ACCEPTED);
  EXPECT_EQ(Report(id), Reported::kDone);
  const std::string reported = EventCount();
  Run(list_.Delete("acme", SuppressionId(0, kAna))).value();
  const std::string events = EventCount();
  EXPECT_NE(events, reported) << "that it was taken off is told";
  LateBounce other = Bounce();
  other.failure_class = v1::MAILBOX_FULL;
  EXPECT_EQ(Report(id, other), Reported::kAlready);
  EXPECT_EQ(View(id).record.head.failure_class, v1::INVALID_RECIPIENT);
  EXPECT_EQ(EventCount(), events);
  EXPECT_FALSE(Suppressed()) << "what an operator took off stays off";
}

TEST_F(LateBouncesTest, LeaveDoubtAsDoubt) {
  for (const MailClass mail_class : {MailClass::kCode, MailClass::kNotice}) {
    Claim(1, mail_class);  // Learns the lanes.
    const std::string id = Queued(mail_class);
    std::vector<LeasedJob> jobs;
    for (int i = 0; i < 3 && jobs.empty(); ++i) jobs = Claim(1, mail_class);
    Settlement end = End(jobs.at(0).lease, v1::Message::UNCERTAIN);
    end.uncertain = 1;
    ASSERT_EQ(Settle(end), Settled::kDone);
    BeginVerification(id, id);
    EXPECT_EQ(Report(id), Reported::kDone);
    EXPECT_EQ(View(id).record.head.state, v1::Message::UNCERTAIN);
    EXPECT_NE(View(id).record.head.flags & kFlagLate, 0);
    EXPECT_EQ(View(id).record.head.failure_class, v1::INVALID_RECIPIENT);
    EXPECT_EQ(Stored(id).sealed.empty(), mail_class == MailClass::kCode) << "what was kept is kept";
    EXPECT_TRUE(Suppressed());
    EXPECT_EQ(Report(id), Reported::kAlready);
  }
}

TEST_F(LateBouncesTest, ChangeNothingThatBouncedAtOnce) {
  const std::string id = Ended(v1::Message::BOUNCED);
  const std::string before = Server().Call({"GET", keys_.Message(0, id)});
  EXPECT_EQ(Report(id), Reported::kAlready);
  EXPECT_EQ(Server().Call({"GET", keys_.Message(0, id)}), before);
}

TEST_F(LateBouncesTest, AreAskedAgainOfWhatIsStillSent) {
  const std::string id = Queued();
  EXPECT_EQ(Report(id), Reported::kNotEnded);
  const Lease lease = ClaimOne().lease;
  EXPECT_EQ(Report(id), Reported::kNotEnded);
  EXPECT_EQ(Settle(End(lease, v1::Message::ACCEPTED)), Settled::kDone);
  EXPECT_EQ(Report(id), Reported::kDone);
}

TEST_F(LateBouncesTest, AreNotBelievedOfWhatWasNeverSent) {
  for (const State state : {v1::Message::EXPIRED, v1::Message::FAILED, v1::Message::CANCELLED}) {
    const std::string id = Ended(state);
    EXPECT_EQ(Report(id), Reported::kNeverSent);
    EXPECT_EQ(View(id).record.head.state, state);
  }
  EXPECT_FALSE(Suppressed());
}

TEST_F(LateBouncesTest, SuppressNobodyForWhatSaysNothingOfTheRecipient) {
  const std::string id = Ended(v1::Message::ACCEPTED);
  LateBounce spam = Bounce();
  spam.failure_class = v1::SPAM_CONTENT;
  spam.suppress.reset();
  EXPECT_EQ(Report(id, spam), Reported::kDone);
  EXPECT_EQ(View(id).record.head.state, v1::Message::BOUNCED);
  EXPECT_FALSE(Suppressed());
}

TEST_F(LateBouncesTest, LeaveVerificationsThatHaveMovedOn) {
  const std::string id = Ended(v1::Message::ACCEPTED);
  const std::string resent = BeginVerification(id, "m00another");
  EXPECT_EQ(Report(id), Reported::kDone);
  EXPECT_EQ(Verification(resent).state, v1::Verification::PENDING) << "a newer mail is on its way";
  EXPECT_EQ(Verification(resent).revision, 4);
  const std::string read = Ended(v1::Message::ACCEPTED);
  const std::string verified = BeginVerification(read, read, v1::Verification::VERIFIED);
  EXPECT_EQ(Report(read), Reported::kDone);
  EXPECT_EQ(Verification(verified).state, v1::Verification::VERIFIED)
      << "whoever typed the code has read the mail";
  EXPECT_EQ(Verification(verified).revision, 4);
}

TEST_F(LateBouncesTest, DoNotReachAnotherTenantsMessage) {
  const std::string id = Ended(v1::Message::ACCEPTED);
  EXPECT_EQ(Report(id, Bounce(), "globex"), Reported::kNotFound);
  EXPECT_EQ(Report("nonsense"), Reported::kNotFound);
  EXPECT_EQ(View(id).record.head.state, v1::Message::ACCEPTED);
}

// All that a refusal and a late bounce write lies in the recipient's slot.
TEST(LateBouncesInACluster, TouchOneSlotOnly) {
  RedisServer& server = ClusterRedis();
  server.Call({"FLUSHALL"});
  Loop loop;
  FakeRandom random;
  const Keys keys(16);
  Peer peer(loop, server, keys);
  const int shard = 5;
  const std::string id = NewId('m', shard, absl::FromUnixSeconds(1'800'000'000), random);
  Record record;
  record.head.create_ms = absl::ToUnixMillis(SystemClock().Now());
  record.head.deadline_ms = record.head.create_ms + 600'000;
  record.facts.set_tenant("acme");
  record.facts.set_mailbox_hash(kAna);
  VerificationRecord verification;
  verification.id = VerificationIdOf(id);
  verification.message_id = id;
  verification.state = v1::Verification::PENDING;
  verification.expire_ms = record.head.deadline_ms;
  record.verification = EncodeVerification(verification);
  const auto call = [&](redis::Command command) {
    EXPECT_TRUE(RunTask(loop, peer.client->Call(std::move(command))).ok());
  };
  call(redis::Command("SET", keys.Message(shard, id), Encode(record, id)));
  const std::string lane = keys.Lane(shard, MailClass::kCode, "acme");
  call(redis::Command("ZADD", lane, Pack({.visible_ms = record.head.create_ms - 1000}), id));
  auto claimed = RunTask(loop, peer.leases.Claim(shard, MailClass::kCode, 1, false)).value();
  ASSERT_EQ(claimed.jobs.size(), 1u);
  Settlement end;
  end.lease = claimed.jobs[0].lease;
  end.kind = Settlement::Kind::kEnd;
  end.state = v1::Message::ACCEPTED;
  end.verification_id = verification.id;
  end.suppress = SuppressionFor(v1::BAD_DOMAIN, true);
  end.suppress->mailbox_hash = kAna;
  std::vector<Settlement> batch(1, end);
  ASSERT_EQ(RunTask(loop, peer.leases.Settle(std::move(batch))).value().front(), Settled::kDone);
  LateBounces bounces(*peer.client, keys, peer.clock, peer.messages);
  LateBounce bounce;
  bounce.failure_class = v1::INVALID_RECIPIENT;
  bounce.suppress = SuppressionFor(v1::INVALID_RECIPIENT, true);
  EXPECT_EQ(RunTask(loop, bounces.Report("acme", id, bounce)).value(), Reported::kDone);
  Suppressions list(*peer.client, keys, peer.clock);
  EXPECT_EQ(RunTask(loop, list.List("acme", 10, "")).value().suppressions.size(), 1u);
  EXPECT_TRUE(RunTask(loop, list.Delete("acme", SuppressionId(shard, kAna))).value().has_value());
  const std::string slot = server.Call({"CLUSTER", "KEYSLOT", keys.Events(shard)});
  std::istringstream names(server.Call({"KEYS", "*"}));
  for (std::string name; std::getline(names, name);) {
    EXPECT_EQ(server.Call({"CLUSTER", "KEYSLOT", name}), slot) << name;
  }
}

}  // namespace
}  // namespace posthaste::queue
