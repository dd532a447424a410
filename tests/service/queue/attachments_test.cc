// Attachments under a key of their own: written with the record, gone with the message's end.
#include "service/queue/ids.h"
#include "service/queue/recipient_forget.h"
#include "service/queue/redrive.h"
#include "tests/service/queue/admission_fixture.h"
#include "tests/service/queue/lease_harness.h"

namespace posthaste::queue {
namespace {

using Kind = AdmitAnswer::Kind;

constexpr int64_t kRetentionMs = 72 * 3600 * 1000;
constexpr char kVersionWith = 3, kVersionWithout = 2;

class AttachmentsAdmissionTest : public AdmissionTest {
 protected:
  AdmitRequest WithAttachments() {
    AdmitRequest request = Message(MailClass::kGeneral);
    request.record.head.flags = kFlagAttachments;
    request.attachments = std::string(100'000, '\xA5');
    return request;
  }
  std::string KeyOf(const AdmitRequest& request) const {
    return node_->keys_.Attachments(shard_, request.id);
  }
  bool Lies(const AdmitRequest& request) const {
    return server_.Call({"EXISTS", KeyOf(request)}) == "1";
  }
  char VersionOf(const AdmitRequest& request) const {
    return server_.Call({"GET", node_->keys_.Message(shard_, request.id)}).at(0);
  }
};

TEST_F(AttachmentsAdmissionTest, LieBesideTheRecordFromTheEnqueueOnAndHaveAnEnd) {
  const AdmitRequest request = WithAttachments();
  ASSERT_EQ(Admit(request).kind, Kind::kAdmitted);
  EXPECT_EQ(server_.Call({"GET", KeyOf(request)}), request.attachments);
  const int64_t end_ms = Count("PEXPIRETIME", KeyOf(request));
  EXPECT_EQ(end_ms, request.record.head.deadline_ms + kRetentionMs);
  EXPECT_EQ(VersionOf(request), kVersionWith) << "an older worker gives it back";
  EXPECT_TRUE(HasAttachments(Stored(request.id).head));
  EXPECT_EQ(Admit(request).kind, Kind::kReplay);
  const AdmitRequest plain = Message(MailClass::kGeneral);
  ASSERT_EQ(Admit(plain).kind, Kind::kAdmitted);
  EXPECT_FALSE(Lies(plain));
  EXPECT_EQ(VersionOf(plain), kVersionWithout);
}

TEST_F(AttachmentsAdmissionTest, AreNotThereWhenTheMessageIsRefused) {
  ASSERT_EQ(Admit(Message(MailClass::kGeneral)).kind, Kind::kAdmitted);
  AdmitRequest refused = WithAttachments();
  refused.queued_max = 1;
  EXPECT_EQ(Admit(refused).kind, Kind::kQueueFull);
  EXPECT_FALSE(Lies(refused));
}

TEST_F(AttachmentsAdmissionTest, GoWhenANewerMessageTakesThePlace) {
  AdmitRequest older = WithAttachments(), newer = WithAttachments();
  older.supersede_group = newer.supersede_group = std::string(16, 's');
  ASSERT_EQ(Admit(older).kind, Kind::kAdmitted);
  ASSERT_EQ(Admit(newer).kind, Kind::kAdmitted);
  EXPECT_EQ(Stored(older.id).head.state, v1::Message::SUPERSEDED);
  EXPECT_FALSE(Lies(older));
  EXPECT_EQ(VersionOf(older), kVersionWithout);
  EXPECT_TRUE(Lies(newer));
}

TEST_F(AttachmentsAdmissionTest, GoWhenTheirRecipientIsForgotten) {
  const AdmitRequest request = WithAttachments();
  ASSERT_EQ(Admit(request).kind, Kind::kAdmitted);
  const ForgetAnswer answer =
      node_->Run(ForgetRecipient(*node_->client_, node_->keys_, node_->clock_,
                                 {std::string(kTenant), shard_, request.mailbox_hash}));
  EXPECT_EQ(answer.messages, 1);
  EXPECT_FALSE(Lies(request));
}

class AttachmentsLifeTest : public LeaseTest {
 protected:
  // A general message with attachments, held by a worker.
  Lease Held(absl::Duration deadline = absl::Hours(3)) {
    JobOptions options;
    options.mail_class = MailClass::kGeneral;
    options.deadline = deadline;
    options.flags = kFlagAttachments;
    options.facts.set_mailbox_hash(std::string(16, 'm'));
    id_ = AddJob(options);
    const std::string end = std::to_string(Stored(id_).head.deadline_ms + kRetentionMs);
    Server().Call({"SET", Key(), "sealed files", "PXAT", end});
    return ClaimAgain();
  }
  Lease ClaimAgain() {
    std::vector<LeasedJob> jobs;
    for (int i = 0; i < 3 && jobs.empty(); ++i) jobs = Claim(1, MailClass::kGeneral);
    if (jobs.size() != 1) throw std::runtime_error("no job to claim");
    return jobs.front().lease;
  }
  std::string Key() const { return keys_.Attachments(0, id_); }
  bool Lies() { return Server().Call({"EXISTS", Key()}) == "1"; }
  int64_t LifeMs() { return std::stoll(Server().Call({"PTTL", Key()})); }
  char Version() { return Server().Call({"GET", keys_.Message(0, id_)}).at(0); }

  Settled Give(Settlement settlement) {
    settlement.attachments = true;
    return Settle(std::move(settlement));
  }
  void ExpectGone(State state) {
    EXPECT_EQ(Stored(id_).head.state, state);
    EXPECT_FALSE(Lies()) << v1::Message::State_Name(state);
    EXPECT_EQ(Version(), kVersionWithout) << "any version can show how it ended";
    EXPECT_FALSE(HasAttachments(Stored(id_).head));
  }

  std::string id_;
};

TEST_F(AttachmentsLifeTest, EndWithTheMessageHoweverItEnds) {
  for (const State state : {v1::Message::ACCEPTED, v1::Message::BOUNCED, v1::Message::EXPIRED,
                            v1::Message::FAILED, v1::Message::SUPPRESSED}) {
    EXPECT_EQ(Give(End(Held(), state)), Settled::kDone);
    ExpectGone(state);
  }
}

TEST_F(AttachmentsLifeTest, StayForAnotherAttempt) {
  EXPECT_EQ(Give(Retry(Held())), Settled::kDone);
  EXPECT_TRUE(Lies());
  EXPECT_EQ(Version(), kVersionWith);
  EXPECT_EQ(Give(Release(ClaimAgain())), Settled::kDone);
  EXPECT_TRUE(Lies());
  EXPECT_TRUE(HasAttachments(Stored(id_).head));
}

TEST_F(AttachmentsLifeTest, GoWhenTheMessageIsWithdrawn) {
  Give(Retry(Held()));
  EXPECT_EQ(Run(peer_.messages.Cancel("acme", id_)).value(), Cancelled::kDone);
  ExpectGone(v1::Message::CANCELLED);
  const Lease lease = Held();
  EXPECT_EQ(Run(peer_.messages.Cancel("acme", id_)).value(), Cancelled::kRequested);
  EXPECT_TRUE(Lies()) << "a worker has it";
  EXPECT_EQ(Give(Retry(lease)), Settled::kCancelled);
  ExpectGone(v1::Message::CANCELLED);
}

TEST_F(AttachmentsLifeTest, StayWithAParkedJobUntilItsTimeIsOver) {
  const Lease lease = Held(absl::Minutes(1));
  Server().MoveClock(absl::Hours(71));  // Claimed once more, long after its deadline.
  EXPECT_EQ(Give(Park(ClaimAgain())), Settled::kDone);
  EXPECT_EQ(Stored(id_).head.state, v1::Message::PARKED);
  EXPECT_GT(LifeMs(), kRetentionMs - 60'000);
  EXPECT_LE(LifeMs(), kRetentionMs);
  EXPECT_EQ(Give(Park(lease)), Settled::kStale);
}

TEST_F(AttachmentsLifeTest, GoWhenAParkedJobIsGivenUp) {
  EXPECT_EQ(Give(Park(Held())), Settled::kDone);
  Server().Call({"PERSIST", Key()});
  Server().MoveClock(absl::Hours(73));
  Claim();  // Learns the time.
  EXPECT_EQ(Run(peer_.housekeeping.Upkeep(0)).value().expired, 1);
  ExpectGone(v1::Message::FAILED);
}

class AttachmentsRedriveTest : public AttachmentsLifeTest {
 protected:
  AttachmentsRedriveTest()
      : skeletons_(*peer_.client, SystemClock()),
        redrive_(*peer_.client, keys_, peer_.clock, skeletons_) {
    seal_keys_.keys.emplace(uint16_t{1}, Secret(std::string(32, 's')));
    seal_keys_.current = 1;
    if (!Run(skeletons_.Put(skeleton_)).ok()) throw std::runtime_error("redis is away");
  }

  SealBinding Binding(const Record& record) const {
    return BindingOf(record.facts, id_, record.head.mail_class, record.head.deadline_ms);
  }
  // A message that ended in doubt, whole.
  void Doubtful() {
    const Lease lease = Held();
    Record record = Stored(id_);
    record.live.set_skeleton(skeleton_->name());
    store::v1::Attachments files;
    files.add_files()->set_content("the file");
    store::v1::Mail mail;
    const std::string sealed =
        SealAttachments(files, Binding(record), seal_keys_, random_, mail).value();
    Server().Call({"SET", Key(), sealed, "KEEPTTL"});
    record.sealed = Seal(mail, *skeleton_, Binding(record), seal_keys_, random_).value();
    Store(id_, record);
    Settlement end = End(lease, v1::Message::UNCERTAIN);
    end.uncertain = 1;
    EXPECT_EQ(Give(end), Settled::kDone);
    EXPECT_EQ(Stored(id_).head.state, v1::Message::UNCERTAIN);
    EXPECT_EQ(Version(), kVersionWith) << "an older process must not send it back without them";
  }
  Redriven Back() {
    std::vector<std::string> ids(1, id_);
    return Run(redrive_.Run(std::move(ids), false, seal_keys_, random_)).value().front().result;
  }

  const std::shared_ptr<const Skeleton> skeleton_ = std::make_shared<const Skeleton>("Hello.");
  Skeletons skeletons_;
  Redrive redrive_;
  SealKeys seal_keys_;
};

TEST_F(AttachmentsRedriveTest, GoBackWithTheMessageAndOpenUnderItsNewDeadline) {
  Doubtful();
  EXPECT_LE(LifeMs(), kRetentionMs) << "as long as what is kept of the message";
  Server().MoveClock(absl::Hours(70));
  Claim();
  ASSERT_EQ(Back(), Redriven::kDone);
  EXPECT_EQ(Version(), kVersionWith);
  const Record record = Stored(id_);
  EXPECT_NEAR(static_cast<double>(RedisNow() + LifeMs()),
              static_cast<double>(record.head.deadline_ms + kRetentionMs), 2000);
  const store::v1::Mail mail = Open(record.sealed, *skeleton_, Binding(record), seal_keys_).value();
  const auto files =
      OpenAttachments(Server().Call({"GET", Key()}), Binding(record), seal_keys_, mail);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(files->files(0).content(), "the file");
}

TEST_F(AttachmentsRedriveTest, OpenWithoutTheKeyThatTheyWereFirstSealedUnder) {
  Doubtful();
  seal_keys_.keys.emplace(uint16_t{2}, Secret(std::string(32, 't')));
  seal_keys_.current = 2;
  ASSERT_EQ(Back(), Redriven::kDone);
  seal_keys_.keys.erase(1);
  const Record record = Stored(id_);
  const store::v1::Mail mail = Open(record.sealed, *skeleton_, Binding(record), seal_keys_).value();
  const auto files =
      OpenAttachments(Server().Call({"GET", Key()}), Binding(record), seal_keys_, mail);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(files->files(0).content(), "the file");
}

TEST_F(AttachmentsRedriveTest, AreMissedBeforeAMessageGoesBackWithoutThem) {
  Doubtful();
  Server().Call({"DEL", Key()});
  EXPECT_EQ(Back(), Redriven::kUnreadable);
  EXPECT_EQ(Stored(id_).head.state, v1::Message::UNCERTAIN);
}

}  // namespace
}  // namespace posthaste::queue
