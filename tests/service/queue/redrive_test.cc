// Sending back what left its lane, on a real Redis.
#include "service/queue/redrive.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>

#include "tests/service/queue/lease_harness.h"

namespace posthaste::queue {
namespace {

const auto kSkeleton =
    std::make_shared<const Skeleton>("Hello, this is a notice of Shop. Nothing is to be done.");

class RedriveTest : public LeaseTest {
 protected:
  RedriveTest()
      : skeletons_(*peer_.client, SystemClock()),
        redrive_(*peer_.client, keys_, peer_.clock, skeletons_) {
    seal_keys_.keys.emplace(uint16_t{1}, Secret(std::string(32, 's')));
    seal_keys_.current = 1;
    if (!Run(skeletons_.Put(kSkeleton)).ok()) throw std::runtime_error("redis is away");
  }

  static JobOptions Notice(const std::string& tenant = "acme", int shard = 0) {
    JobOptions options;
    options.tenant = tenant;
    options.shard = shard;
    options.mail_class = MailClass::kNotice;
    options.deadline = absl::Hours(3);
    options.facts.set_mailbox_hash(std::string(16, 'm'));
    return options;
  }

  // A job with a mail under its seal.
  std::string AddSealed(JobOptions options = Notice()) {
    options.live.set_skeleton(kSkeleton->name());
    const std::string id = AddJob(options);
    Record record = Stored(id, options.shard);
    store::v1::Mail mail;
    mail.set_to_mailbox("ana@example.test");
    mail.set_date_ms(1'800'000'000'000);
    mail.set_subject("Your password was changed");
    const SealBinding binding =
        BindingOf(record.facts, id, record.head.mail_class, record.head.deadline_ms);
    record.sealed = Seal(mail, *kSkeleton, binding, seal_keys_, random_).value();
    Store(id, record, options.shard);
    return id;
  }

  LeasedJob ClaimNotice(int shard = 0) {
    std::vector<LeasedJob> jobs;
    for (int i = 0; i < 3 && jobs.empty(); ++i) jobs = Claim(1, MailClass::kNotice, shard);
    if (jobs.size() != 1) throw std::runtime_error("no notice to claim");
    return std::move(jobs.front());
  }

  std::string Parked(JobOptions options = Notice()) {
    const std::string id = AddSealed(options);
    EXPECT_EQ(Settle(Park(ClaimNotice(options.shard).lease)), Settled::kDone);
    return id;
  }

  RedriveAnswer Back(const std::string& id, bool validate_only = false) {
    std::vector<std::string> ids(1, id);
    return Run(redrive_.Run(std::move(ids), validate_only, seal_keys_, random_)).value().front();
  }

  store::v1::Mail Opened(const std::string& id) {
    const Record record = Stored(id);
    const SealBinding binding =
        BindingOf(record.facts, id, record.head.mail_class, record.head.deadline_ms);
    return Open(record.sealed, *kSkeleton, binding, seal_keys_).value();
  }

  std::vector<std::string> Listed(const ParkedFilter& filter, int size = 100) {
    std::vector<std::string> ids;
    std::string token;
    do {
      const ParkedPage page = Run(redrive_.ListParked(filter, size, token)).value();
      for (const ParkedMessage& message : page.messages) ids.push_back(message.id);
      token = page.next;
    } while (!token.empty());
    return ids;
  }

  Skeletons skeletons_;
  Redrive redrive_;
  SealKeys seal_keys_;
};

TEST_F(RedriveTest, GivesWhatWaitedForItsTimeTheLifeThatItHadFromThen) {
  const std::string id = AddSealed();
  Record record = Stored(id);
  record.live.set_send_ms(record.head.deadline_ms - 3'600'000);
  const absl::Time now = FromMillis(record.head.deadline_ms) + absl::Hours(1);
  const Record renewed =
      Renewed(id, record, "", *kSkeleton, now, seal_keys_, random_).value().record;
  EXPECT_EQ(FromMillis(renewed.head.deadline_ms) - now, absl::Hours(1));
}

TEST_F(RedriveTest, SendsAParkedJobBackWithALifeOfItsOwnAndTheSameMail) {
  const std::string id = Parked();
  const Record before = Stored(id);
  const store::v1::Mail mail = Opened(id);
  Server().MoveClock(absl::Hours(5));  // Its first life is over.
  Claim();                             // Learns the time.
  const RedriveAnswer answer = Back(id);
  EXPECT_EQ(answer.result, Redriven::kDone);
  EXPECT_EQ(answer.tenant, "acme");
  EXPECT_EQ(answer.state, v1::Message::PARKED);
  const Record after = Stored(id);
  EXPECT_EQ(after.head.state, v1::Message::QUEUED);
  EXPECT_EQ(after.head.create_ms, before.head.create_ms);
  EXPECT_NEAR(static_cast<double>(after.head.deadline_ms - RedisNow()),
              static_cast<double>(before.head.deadline_ms - before.head.create_ms), 2000);
  EXPECT_EQ(Opened(id).SerializeAsString(), mail.SerializeAsString())
      << "Date, text and addresses are what they were";
  EXPECT_EQ(Server().Call({"ZCARD", keys_.Parked(0)}), "0");
  EXPECT_EQ(Server().Call({"PTTL", keys_.Message(0, id)}), "-1") << "a live record has no end";
}

TEST_F(RedriveTest, GivesTheNextHolderATokenThatNobodyHad) {
  const std::string id = AddSealed();
  const LeasedJob first = ClaimNotice();
  Server().MoveClock(absl::Minutes(1));
  const LeasedJob second = ClaimNotice();
  ASSERT_EQ(Settle(Park(second.lease)), Settled::kDone);
  ASSERT_EQ(Back(id).result, Redriven::kDone);
  const LeasedJob third = ClaimNotice();
  EXPECT_EQ(third.lease.claims, 3);
  EXPECT_EQ(third.lost_leases, 0) << "lost leases count anew";
  EXPECT_EQ(Settle(End(first.lease, v1::Message::ACCEPTED)), Settled::kStale);
  EXPECT_EQ(Settle(Park(second.lease)), Settled::kStale) << "a park told twice parks nothing anew";
  EXPECT_EQ(Settle(End(third.lease, v1::Message::ACCEPTED)), Settled::kDone);
}

TEST_F(RedriveTest, SendsOnceWhatTwoOperatorsSendBack) {
  const std::string id = Parked();
  Peer other(loop_, Server(), keys_);
  Skeletons skeletons(*other.client, SystemClock());
  Redrive second(*other.client, keys_, other.clock, skeletons);
  int done = 0, ended = 0;
  for (Redrive* redrive : {&redrive_, &second}) {
    std::vector<std::string> ids(1, id);
    asio::co_spawn(loop_, redrive->Run(std::move(ids), false, seal_keys_, random_),
                   [&](std::exception_ptr, auto answers) {
                     ++ended;
                     done += answers.value().front().result == Redriven::kDone ? 1 : 0;
                   });
  }
  ASSERT_TRUE(redis::RunUntil(loop_, [&] { return ended == 2; }));
  EXPECT_EQ(done, 1);
  EXPECT_EQ(Server().Call({"ZCARD", keys_.Lane(0, MailClass::kNotice, "acme")}), "1");
}

TEST_F(RedriveTest, LeavesAloneWhatAWorkerHasClaimedMeanwhile) {
  const std::string id = Parked();
  const Record read = Stored(id);
  ASSERT_EQ(Back(id).result, Redriven::kDone);
  const LeasedJob claimed = ClaimNotice();
  EXPECT_EQ(Back(id).result, Redriven::kNotInReach);
  EXPECT_EQ(Settle(End(claimed.lease, v1::Message::ACCEPTED)), Settled::kDone);
  EXPECT_EQ(Back(id).result, Redriven::kNotInReach);
  EXPECT_EQ(Stored(id).head.state, v1::Message::ACCEPTED);
}

TEST_F(RedriveTest, SendsBackWhatPolicyLeftInDoubt) {
  const std::string id = AddSealed();
  Settlement doubt = End(ClaimNotice().lease, v1::Message::UNCERTAIN);
  doubt.uncertain = 1;
  ASSERT_EQ(Settle(doubt), Settled::kDone);
  ASSERT_FALSE(Stored(id).sealed.empty()) << "an operator may need it";
  EXPECT_GT(std::stoll(Server().Call({"PTTL", keys_.Message(0, id)})), 0) << "but not for ever";
  ASSERT_EQ(Back(id).result, Redriven::kDone);
  Settlement refused = End(ClaimNotice().lease, v1::Message::FAILED);
  ASSERT_EQ(Settle(refused), Settled::kDone);
  EXPECT_EQ(Stored(id).head.state, v1::Message::UNCERTAIN) << "the first doubt stays";
}

TEST_F(RedriveTest, SendsNothingBackThatWasWithdrawnRefusedOrIsACode) {
  const std::string withdrawn = AddSealed();
  LeasedJob job = ClaimNotice();
  Settlement retry = Retry(job.lease, absl::Minutes(1));
  retry.uncertain = 1;
  ASSERT_EQ(Settle(retry), Settled::kDone);
  ASSERT_EQ(Run(peer_.messages.Cancel("acme", withdrawn)).value(), Cancelled::kTooLate);
  EXPECT_EQ(Stored(withdrawn).head.state, v1::Message::UNCERTAIN);
  EXPECT_EQ(Back(withdrawn).result, Redriven::kNotInReach);

  const std::string refused = AddSealed();
  ASSERT_EQ(Settle(End(ClaimNotice().lease, v1::Message::BOUNCED)), Settled::kDone);
  EXPECT_EQ(Back(refused).result, Redriven::kNotInReach);

  JobOptions code;
  code.facts.set_mailbox_hash(std::string(16, 'm'));
  const std::string doubtful = AddSealed(code);
  Settlement doubt = End(ClaimOne().lease, v1::Message::UNCERTAIN);
  doubt.uncertain = 1;
  ASSERT_EQ(Settle(doubt), Settled::kDone);
  EXPECT_TRUE(Stored(doubtful).sealed.empty()) << "nobody may send a code again";
  EXPECT_EQ(Back(doubtful).result, Redriven::kCode);

  EXPECT_EQ(Back("m0000000000000000000000").result, Redriven::kNotFound);
  EXPECT_EQ(Back("nonsense").result, Redriven::kNotFound);
}

TEST_F(RedriveTest, SaysWhatKeepsAJobParked) {
  const std::string sealed_otherwise = Parked();
  seal_keys_.keys.clear();
  seal_keys_.keys.emplace(uint16_t{2}, Secret(std::string(32, 't')));
  EXPECT_EQ(Back(sealed_otherwise).result, Redriven::kUnreadable);
  seal_keys_.keys.emplace(uint16_t{1}, Secret(std::string(32, 's')));
  seal_keys_.current = 1;

  Record record = Stored(sealed_otherwise);
  record.head.settled = kClaimsMax;
  Store(sealed_otherwise, record);
  EXPECT_EQ(Back(sealed_otherwise).result, Redriven::kSpent);

  const std::string suppressed = Parked();
  const std::string list = keys_.Suppression(0, "acme", std::string(16, 'm'));
  Server().Call({"SET", list, "hard"});
  EXPECT_EQ(Back(suppressed).result, Redriven::kSuppressed);
  EXPECT_EQ(Stored(suppressed).head.state, v1::Message::PARKED);
  Server().Call({"DEL", list});
  EXPECT_EQ(Back(suppressed).result, Redriven::kDone);

  JobOptions grouped = Notice();
  grouped.live.set_supersede_group(std::string(16, 'g'));
  ASSERT_EQ(Settle(End(ClaimNotice().lease, v1::Message::ACCEPTED)), Settled::kDone);
  const std::string older = Parked(grouped);
  const std::string newest = keys_.Newest(0, std::string(16, 'g'));
  Server().Call({"SET", newest, "1m00newer0000000000000"});
  EXPECT_EQ(Back(older).result, Redriven::kSuperseded);
  Server().Call({"SET", newest, "1" + older});
  EXPECT_EQ(Back(older).result, Redriven::kDone);
}

TEST_F(RedriveTest, ChangesNothingWhenItOnlyLooks) {
  const std::string id = Parked();
  const std::string before = Server().Call({"DUMP", keys_.Message(0, id)});
  EXPECT_EQ(Back(id, true).result, Redriven::kDone);
  EXPECT_EQ(Server().Call({"DUMP", keys_.Message(0, id)}), before);
  EXPECT_EQ(Server().Call({"ZCARD", keys_.Parked(0)}), "1");
}

TEST_F(RedriveTest, ListsParkedJobsByTenantAndClassPageByPage) {
  std::vector<std::string> all;
  for (int i = 0; i < 5; ++i) all.push_back(Parked(Notice("acme", i % 3)));
  const std::string theirs = Parked(Notice("globex"));
  EXPECT_THAT(Listed({"acme", std::nullopt}, 2), testing::UnorderedElementsAreArray(all));
  EXPECT_THAT(Listed({"globex", std::nullopt}), testing::ElementsAre(theirs));
  EXPECT_THAT(Listed({"", MailClass::kNotice}, 1), testing::SizeIs(6));
  EXPECT_THAT(Listed({"", MailClass::kGeneral}), testing::IsEmpty());
  EXPECT_EQ(Run(redrive_.ListParked({}, 10, "nonsense")).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace posthaste::queue
