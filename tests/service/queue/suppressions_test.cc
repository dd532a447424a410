// The suppression list on a real Redis: by callers, and by refusals that are settled.
#include "service/queue/suppressions.h"

#include <gmock/gmock.h>

#include <set>

#include "base/encoding.h"
#include "tests/service/queue/lease_harness.h"

namespace posthaste::queue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kAnaHash = std::string(16, 'a'), kBob = std::string(16, 'b');

class SuppressionsTest : public LeaseTest {
 protected:
  SuppressionsTest() : list_(*peer_.client, keys_, peer_.clock) {}

  static NewSuppression Chosen(const std::string& who = kAnaHash) {
    NewSuppression suppression;
    suppression.cause = Cause::kRequested;
    suppression.strength = Strength::kChosen;
    suppression.mailbox_hash = who;
    suppression.note.masked_recipient = "a***@example.com";
    suppression.note.reason = "asked by phone";
    suppression.note.key = "acme-all";
    return suppression;
  }
  static NewSuppression For(v1::FailureClass failure, const std::string& who = kAnaHash) {
    NewSuppression suppression = *SuppressionFor(failure, true);
    suppression.mailbox_hash = who;
    suppression.note.masked_recipient = "a***@example.com";
    return suppression;
  }
  Suppressed::Kind Create(const NewSuppression& suppression, int shard = 0,
                          const std::string& tenant = "acme") {
    return Run(list_.Create(tenant, shard, suppression)).value().kind;
  }
  std::optional<Suppression> Get(const std::string& who = kAnaHash,
                                 const std::string& tenant = "acme", int shard = 0) {
    auto view = Run(list_.Get(tenant, SuppressionId(shard, who))).value();
    if (!view) return std::nullopt;
    return view->suppression;
  }
  std::vector<std::string> Ids(int size, const std::string& tenant = "acme") {
    std::vector<std::string> ids;
    std::string token;
    do {
      const SuppressionPage page = Run(list_.List(tenant, size, token)).value();
      EXPECT_LE(page.suppressions.size(), static_cast<size_t>(size));
      for (const SuppressionView& view : page.suppressions) ids.push_back(view.id);
      token = page.next;
    } while (!token.empty());
    return ids;
  }
  int64_t Life(const std::string& key) { return std::stoll(Server().Call({"PTTL", key})); }

  // A message whose recipient is Ana, claimed.
  Lease Claimed(uint8_t flags = 0) {
    JobOptions options;
    options.facts.set_mailbox_hash(kAnaHash);
    const std::string id = AddJob(options);
    if (flags != 0) Server().Call({"SETRANGE", keys_.Message(0, id), "3", std::string(1, flags)});
    return ClaimOne().lease;
  }

  Suppressions list_;
};

TEST_F(SuppressionsTest, StandUntilTheyAreTakenOff) {
  EXPECT_FALSE(Get());
  EXPECT_EQ(Create(Chosen()), Suppressed::Kind::kDone);
  const Suppression stands = Get().value();
  EXPECT_EQ(stands.cause, Cause::kRequested);
  EXPECT_EQ(stands.expire_ms, 0);
  EXPECT_NEAR(static_cast<double>(stands.create_ms), static_cast<double>(RedisNow()), 5000);
  EXPECT_EQ(stands.note.reason, "asked by phone");
  EXPECT_EQ(Life(keys_.Suppression(0, "acme", kAnaHash)), -1);
  EXPECT_EQ(Life(keys_.Suppressions(0, "acme")), -1);
  const std::string id = SuppressionId(0, kAnaHash);
  EXPECT_EQ(Run(list_.Delete("acme", id)).value()->suppression.note.key, "acme-all");
  EXPECT_FALSE(Run(list_.Delete("acme", id)).value());
  EXPECT_FALSE(Get());
  EXPECT_THAT(Ids(10), IsEmpty());
  EXPECT_EQ(Server().Call({"KEYS", "ph:*:[xy]:*"}), "") << "nothing is left behind";
}

TEST_F(SuppressionsTest, AreATenantsOwn) {
  Create(Chosen());
  EXPECT_FALSE(Get(kAnaHash, "globex"));
  EXPECT_FALSE(Run(list_.Delete("globex", SuppressionId(0, kAnaHash))).value());
  EXPECT_THAT(Ids(10, "globex"), IsEmpty());
  EXPECT_TRUE(Get());
  for (const char* odd : {"", "s", "m00aaaaaaaaaaaaaaaaaaaa", "szzaaaaaaaaaaaaaaaaaaaa"}) {
    EXPECT_FALSE(Run(list_.Get("acme", odd)).value()) << odd;
  }
}

TEST_F(SuppressionsTest, EndByThemselves) {
  Create(For(v1::MAILBOX_FULL));
  EXPECT_NEAR(static_cast<double>(Life(keys_.Suppression(0, "acme", kAnaHash))), 72 * 3600e3, 5000);
  Create(For(v1::NULL_MX, kBob));
  Server().MoveClock(kSoftLife + absl::Seconds(1));
  EXPECT_FALSE(Get());
  EXPECT_THAT(Ids(10), ElementsAre(SuppressionId(0, kBob))) << "the index tells only what stands";
  Create(For(v1::MAILBOX_FULL, std::string(16, 'c')));
  EXPECT_EQ(Server().Call({"ZCARD", keys_.Suppressions(0, "acme")}), "2") << "and forgets the rest";
  Server().MoveClock(kHardLife + absl::Seconds(1));
  EXPECT_EQ(Server().Call({"EXISTS", keys_.Suppressions(0, "acme")}), "0");
}

TEST_F(SuppressionsTest, GiveWayOnlyToWhatIsAsStrong) {
  Create(For(v1::MAILBOX_FULL));
  const int64_t since = Get()->create_ms;
  Server().MoveClock(absl::Hours(1));
  EXPECT_EQ(Create(For(v1::MAILBOX_FULL)), Suppressed::Kind::kDone);
  EXPECT_EQ(Get()->create_ms, since) << "renewed, and known since then";
  EXPECT_GT(Get()->expire_ms, since + absl::ToInt64Milliseconds(kSoftLife));
  EXPECT_EQ(Create(For(v1::INVALID_RECIPIENT)), Suppressed::Kind::kDone);
  EXPECT_GT(Get()->create_ms, since);
  EXPECT_EQ(Create(For(v1::MAILBOX_FULL)), Suppressed::Kind::kStronger);
  EXPECT_EQ(Get()->cause, Cause::kInvalidRecipient);
  EXPECT_EQ(Create(Chosen()), Suppressed::Kind::kDone);
  EXPECT_EQ(Create(For(v1::INVALID_RECIPIENT)), Suppressed::Kind::kStronger);
  EXPECT_EQ(Get()->cause, Cause::kRequested);
  EXPECT_THAT(Ids(10), ElementsAre(SuppressionId(0, kAnaHash))) << "one entry, whatever it was";
}

TEST_F(SuppressionsTest, AreListedOnceEachPageByPageOverAllShards) {
  std::set<std::string> made;
  for (int i = 0; i < 60; ++i) {
    NewSuppression one = i % 3 == 0 ? Chosen() : For(i % 3 == 1 ? v1::NULL_MX : v1::BAD_DOMAIN);
    one.mailbox_hash = std::string(8, static_cast<char>(i)) + std::string(8, 'z');
    Create(one, i % kShards);
    made.insert(SuppressionId(i % kShards, one.mailbox_hash));
  }
  for (const int size : {1, 7, 59, 60, 200}) {
    const std::vector<std::string> ids = Ids(size);
    EXPECT_EQ(ids.size(), 60u) << size;
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()), made) << size;
  }
  const SuppressionPage first = Run(list_.List("acme", 20, "")).value();
  for (const SuppressionView& view : first.suppressions) EXPECT_EQ(view.suppression.expire_ms, 0);
  const SuppressionPage next = Run(list_.List("acme", 20, first.next)).value();
  for (const SuppressionView& view : next.suppressions)
    EXPECT_EQ(view.suppression.cause, Cause::kNullMx);
  EXPECT_TRUE(absl::IsInvalidArgument(Run(list_.List("acme", 5, "nonsense")).status()));
}

// A batch of refusals is settled in one millisecond: all have the same score.
TEST_F(SuppressionsTest, AreListedOnceEachAlsoIfTheyEndTogether) {
  const std::string index = keys_.Suppressions(0, "acme");
  const std::string when = std::to_string(RedisNow() + 1'000'000);
  for (int i = 0; i < 40; ++i) {
    NewSuppression one = For(v1::NULL_MX, std::string(16, static_cast<char>(i + 1)));
    Create(one);
    Server().Call({"ZADD", index, when, Base32(one.mailbox_hash, 20)});
  }
  const std::vector<std::string> ids = Ids(3);
  EXPECT_EQ(ids.size(), 40u);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 40u);
}

TEST_F(SuppressionsTest, AreBounded) {
  const std::string index = keys_.Suppressions(0, "acme");
  const std::string fill =
      "for i = ARGV[1], ARGV[1] + 9999 do redis.call('ZADD', KEYS[1], 4503599627370496 + i, i) end";
  for (int i = 0; i < 25; ++i)
    Server().Call({"EVAL", fill, "1", index, std::to_string(10'000 * i + 1)});
  EXPECT_EQ(Create(For(v1::NULL_MX)), Suppressed::Kind::kFull);
  EXPECT_FALSE(Get());
  EXPECT_EQ(Server().Call({"ZCARD", index}), "250000");
  Server().Call({"ZADD", index, "5", "1"});
  EXPECT_EQ(Create(For(v1::NULL_MX)), Suppressed::Kind::kDone) << "what has ended makes room";
}

TEST_F(SuppressionsTest, AreMadeByTheRefusalThatEndsAMessage) {
  Settlement bounce = End(Claimed(), v1::Message::BOUNCED);
  bounce.suppress = For(v1::INVALID_RECIPIENT);
  bounce.suppress->note.message_id = bounce.lease.id;
  bounce.verification_id = "v00abcdefghijklmnopqrst";
  bounce.attempt_records.emplace_back().set_number(1);
  EXPECT_EQ(Settle(bounce), Settled::kDone);
  EXPECT_EQ(View(bounce.lease.id).record.head.state, v1::Message::BOUNCED);
  EXPECT_EQ(Get()->cause, Cause::kInvalidRecipient);
  EXPECT_EQ(Get()->note.message_id, bounce.lease.id);
  EXPECT_EQ(Run(peer_.messages.Attempts("acme", bounce.lease.id)).value()->size(), 1u);
  Run(list_.Delete("acme", SuppressionId(0, kAnaHash))).value();
  EXPECT_EQ(Settle(bounce), Settled::kAlready);
  EXPECT_FALSE(Get()) << "a settlement that is repeated does not bring it back";
}

TEST_F(SuppressionsTest, AreMadeAlsoWhereTheMessageEndsInDoubt) {
  const Lease first = Claimed();
  Settlement doubt = Retry(first);
  doubt.uncertain = 1;
  EXPECT_EQ(Settle(doubt), Settled::kDone);
  Settlement bounce = End(ClaimOne().lease, v1::Message::BOUNCED);
  bounce.suppress = For(v1::INVALID_RECIPIENT);
  EXPECT_EQ(Settle(bounce), Settled::kDone);
  EXPECT_EQ(View(first.id).record.head.state, v1::Message::UNCERTAIN);
  EXPECT_TRUE(Get());
}

TEST_F(SuppressionsTest, AreNotMadeByWhoLostTheLease) {
  Settlement bounce = End(Claimed(), v1::Message::BOUNCED);
  bounce.suppress = For(v1::INVALID_RECIPIENT);
  bounce.lease.claims = 7;
  EXPECT_EQ(Settle(bounce), Settled::kStale);
  EXPECT_FALSE(Get());
}

TEST_F(SuppressionsTest, EndSoftlyWhenACodeIsAcceptedInSpiteOfThem) {
  Create(For(v1::MAILBOX_FULL));
  Settlement accepted = End(Claimed(kFlagOverride), v1::Message::ACCEPTED);
  accepted.clear_mailbox_hash = kAnaHash;
  EXPECT_EQ(Settle(accepted), Settled::kDone);
  EXPECT_FALSE(Get());
  EXPECT_THAT(Ids(10), IsEmpty());

  Create(For(v1::INVALID_RECIPIENT));
  accepted.lease = Claimed(kFlagOverride);
  EXPECT_EQ(Settle(accepted), Settled::kDone);
  EXPECT_TRUE(Get()) << "a relay that takes everything proves nothing against a hard one";
}

TEST_F(SuppressionsTest, StayWhenTheCodeIsNotAccepted) {
  Create(For(v1::MAILBOX_FULL));
  Settlement failed = End(Claimed(kFlagOverride), v1::Message::FAILED);
  failed.clear_mailbox_hash = kAnaHash;
  EXPECT_EQ(Settle(failed), Settled::kDone);
  EXPECT_TRUE(Get());
}

// Keys follow the flags of each job: one that lacks some must not shift the others.
TEST_F(SuppressionsTest, AreMadeInABatchOfAllKinds) {
  std::vector<Settlement> batch;
  batch.push_back(End(Claimed(), v1::Message::ACCEPTED));
  batch.push_back(End(Claimed(), v1::Message::BOUNCED));
  batch.back().suppress = For(v1::BAD_DOMAIN);
  batch.push_back(Release(Claimed()));
  batch.push_back(End(Claimed(), v1::Message::BOUNCED));
  batch.back().suppress = For(v1::NULL_MX, kBob);
  batch.back().verification_id = "v00abcdefghijklmnopqrst";
  batch.push_back(Retry(Claimed()));
  batch.back().suppress = For(v1::NULL_MX, std::string(16, 'c'));
  const std::vector<Settled> settled = Run(peer_.leases.Settle(batch)).value();
  EXPECT_THAT(settled, testing::Each(Settled::kDone));
  EXPECT_EQ(Get()->cause, Cause::kBadDomain);
  EXPECT_EQ(Get(kBob)->cause, Cause::kNullMx);
  EXPECT_FALSE(Get(std::string(16, 'c'))) << "a message that is tried again has not ended";
}

}  // namespace
}  // namespace posthaste::queue
