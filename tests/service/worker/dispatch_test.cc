#include "service/worker/dispatch.h"

#include "base/encoding.h"
#include "smtp/verp.h"
#include "tests/service/worker/worker_fixture.h"
#include "tests/smtp/dkim_support.h"

namespace posthaste::worker {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string DerivedCode(const queue::LeasedJob& job, const Shared& shared) {
  const store::v1::Facts& facts = job.record.facts;
  const codes::CodeSubject subject{facts.tenant(), facts.purpose(), facts.mailbox_hash(),
                                   facts.verification_id(), ""};
  return std::string(codes::DeriveCode(*shared.code_keys->Find(1), subject, 1, 6).Reveal());
}

TEST(Pack, PutsTheDerivedCodeIntoEveryPart) {
  Mails mails;
  const queue::LeasedJob job = mails.Job();
  const absl::StatusOr<Parcel> parcel = Pack(job, *kSkeleton, mails.shared);
  ASSERT_TRUE(parcel.ok()) << parcel.status();
  const std::string code = DerivedCode(job, mails.shared);
  EXPECT_THAT(parcel->bytes, HasSubstr("Subject: Your code " + code + "\r\n"));
  EXPECT_THAT(parcel->bytes, HasSubstr("Type " + code + " where"));
  EXPECT_THAT(parcel->bytes, HasSubstr("<b>" + code + "</b>"));
  EXPECT_THAT(parcel->bytes, Not(HasSubstr(std::string(templates::kCodeMark))));
}

TEST(Pack, GivesTheSameBytesOnEveryCall) {
  Mails mails;
  const queue::LeasedJob job = mails.Job();
  const Parcel first = Pack(job, *kSkeleton, mails.shared).value();
  queue::LeasedJob again = job;
  again.lease.claims = 4;
  again.record.head.attempts = 3;
  const Parcel second = Pack(again, *kSkeleton, mails.shared).value();
  EXPECT_EQ(first.bytes, second.bytes);
  EXPECT_EQ(first.envelope.mail_from, second.envelope.mail_from);
}

TEST(Pack, PutsACallersOwnCodeInAsItIs) {
  Mails mails;
  MailOptions options;
  options.custom_code = "7788";
  const Parcel parcel = Pack(mails.Job(options), *kSkeleton, mails.shared).value();
  EXPECT_THAT(parcel.bytes, HasSubstr("Subject: Your code 7788\r\n"));
}

TEST(Pack, NamesTheMessageInTheReturnPath) {
  Mails mails;
  const queue::LeasedJob job = mails.Job();
  const Parcel parcel = Pack(job, *kSkeleton, mails.shared).value();
  EXPECT_EQ(parcel.envelope.rcpt_to, "ana@example.test");
  EXPECT_THAT(parcel.envelope.mail_from, HasSubstr("@bounces.shop.test"));
  const std::vector<Secret> keys(1, mails.shared.return_path_key);
  EXPECT_EQ(smtp::ReadReturnPath(keys, parcel.envelope.mail_from), job.lease.id);
}

TEST(Pack, SaysThatTheKeyOfACodesEpochIsMissing) {
  Mails mails;
  MailOptions options;
  options.epoch = 7;
  EXPECT_TRUE(
      absl::IsFailedPrecondition(Pack(mails.Job(options), *kSkeleton, mails.shared).status()));
}

TEST(Pack, NeverReadsWhatIsNotSealedForThisMessage) {
  Mails mails;
  const queue::LeasedJob job = mails.Job();
  queue::LeasedJob tampered = job;
  tampered.record.sealed.back() ^= 1;
  EXPECT_TRUE(absl::IsDataLoss(Pack(tampered, *kSkeleton, mails.shared).status()));
  queue::LeasedJob prolonged = job;
  prolonged.record.head.deadline_ms += 1;
  EXPECT_TRUE(absl::IsDataLoss(Pack(prolonged, *kSkeleton, mails.shared).status()));
  queue::LeasedJob renamed = job;
  renamed.lease.id = mails.Job().lease.id;
  EXPECT_TRUE(absl::IsDataLoss(Pack(renamed, *kSkeleton, mails.shared).status()));
  EXPECT_TRUE(
      absl::IsDataLoss(Pack(job, queue::Skeleton("another skeleton"), mails.shared).status()));
}

TEST(Pack, WritesTheHeaderFieldsOfGeneralMail) {
  Mails mails;
  MailOptions options;
  options.mail_class = queue::MailClass::kGeneral;
  const Parcel general = Pack(mails.Job(options), *kSkeleton, mails.shared).value();
  EXPECT_THAT(general.bytes, HasSubstr("\r\nList-Unsubscribe: <https://shop.test/u>\r\n"
                                       "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
  EXPECT_THAT(general.bytes, HasSubstr("\r\nComments: For Ana\r\n"));
  options.mail_class = queue::MailClass::kNotice;
  const Parcel notice = Pack(mails.Job(options), *kSkeleton, mails.shared).value();
  EXPECT_THAT(notice.bytes, Not(HasSubstr("List-Unsubscribe")));
}

TEST(Pack, ShowsTheLogoThatAMailHasInEveryClass) {
  Mails mails;
  MailOptions options;
  options.logo = std::string("\x89PNG\0\xFF", 6);
  for (const auto mail_class : {queue::MailClass::kCode, queue::MailClass::kNotice}) {
    options.mail_class = mail_class;
    const queue::LeasedJob job = mails.Job(options);
    const Parcel parcel = Pack(job, *kSkeleton, mails.shared).value();
    EXPECT_THAT(parcel.bytes, HasSubstr("Content-Type: multipart/related; type=\"text/html\""));
    EXPECT_THAT(parcel.bytes, HasSubstr("\r\nContent-ID: <logo-1>\r\nContent-Disposition: "
                                        "inline;\r\n filename=\"logo.png\"\r\n\r\n" +
                                        Base64(options.logo) + "\r\n"));
    EXPECT_EQ(Pack(job, *kSkeleton, mails.shared)->bytes, parcel.bytes);
    EXPECT_FALSE(queue::HasAttachments(job.record.head)) << "an older worker takes it as well";
  }
}

TEST(Pack, AttachesWhatLiesBesideAMailAndSendsNoneWithoutIt) {
  Mails mails;
  MailOptions options;
  options.mail_class = queue::MailClass::kGeneral;
  options.file = std::string("\0\r\n.\xFF", 5);
  const queue::LeasedJob job = mails.Job(options);
  const Parcel parcel = Pack(job, *kSkeleton, mails.shared, mails.sealed_files).value();
  EXPECT_THAT(parcel.bytes, HasSubstr("Content-Type: multipart/mixed;"));
  EXPECT_THAT(parcel.bytes,
              HasSubstr("\r\n filename=\"bill.bin\"\r\n\r\n" + Base64(options.file) + "\r\n"));
  EXPECT_TRUE(absl::IsDataLoss(Pack(job, *kSkeleton, mails.shared).status()));
  // Another tenant's, put in their place.
  const std::string own = mails.sealed_files;
  options.tenant = "bank";
  mails.Job(options);
  EXPECT_NE(mails.sealed_files, own);
  EXPECT_TRUE(absl::IsDataLoss(Pack(job, *kSkeleton, mails.shared, mails.sealed_files).status()));
}

class DispatchTest : public RedisTest {
 protected:
  DispatchTest()
      : mini_(smtp::MiniRelay::Start(loop_)),
        sender_(loop_, SystemClock(), smtp::TcpDialers(loop_)) {
    mails_.shared.routes["shop"] = {smtp::RouteStep{RelayAt(mini_->port())}};
  }
  ~DispatchTest() override {
    Run(sender_.Drain(SystemClock().Now() + absl::Seconds(1)));
    mini_->Stop();
    Settle();
  }

  Report Dispatched(const queue::LeasedJob& job) {
    return Run(Dispatch(loop_, job, *store_, sender_, mails_.shared, SystemClock()));
  }

  std::shared_ptr<smtp::MiniRelay> mini_;
  smtp::Sender sender_;
};

TEST_F(DispatchTest, HandsTheMailToTheRelay) {
  Admit();
  const queue::LeasedJob job = Claim();
  const Report report = Dispatched(job);
  EXPECT_EQ(report.held, Held::kTried);
  ASSERT_EQ(report.attempts.size(), 1u);
  EXPECT_EQ(report.attempts[0].outcome.verdict, smtp::Verdict::kAccepted);
  ASSERT_EQ(mini_->messages.size(), 1u);
  EXPECT_THAT(mini_->messages[0], HasSubstr(DerivedCode(job, mails_.shared)));
}

TEST_F(DispatchTest, SignsEveryAttemptWithTheSameBytes) {
  const smtp::DkimKeys keys(smtp::TestKeys("shop.test"));
  WorkPool pool(1, 8);
  mails_.shared.signing = {std::shared_ptr<const smtp::DkimKeys>(std::shared_ptr<void>(), &keys),
                           &pool};
  Admit();
  const queue::LeasedJob job = Claim();
  EXPECT_EQ(Dispatched(job).attempts.size(), 1u);
  EXPECT_EQ(Dispatched(job).attempts.size(), 1u);
  ASSERT_EQ(mini_->messages.size(), 2u);
  EXPECT_THAT(mini_->messages[0], testing::StartsWith("DKIM-Signature: v=1; a=rsa-sha256;"));
  EXPECT_THAT(mini_->messages[0], HasSubstr("\r\nDKIM-Signature: v=1; a=ed25519-sha256;"));
  EXPECT_THAT(mini_->messages[0], HasSubstr(" d=shop.test;"));
  EXPECT_EQ(mini_->messages[0], mini_->messages[1]);
}

TEST_F(DispatchTest, GivesBackWhatCannotBeSignedNow) {
  const smtp::DkimKeys keys(smtp::TestKeys("shop.test"));
  WorkPool pool(1, 0);
  mails_.shared.signing = {std::shared_ptr<const smtp::DkimKeys>(std::shared_ptr<void>(), &keys),
                           &pool};
  Admit();
  const Report report = Dispatched(Claim());
  EXPECT_EQ(report.held, Held::kNoRelay);
  EXPECT_LT(report.not_before, store_->clock().Now() + absl::Seconds(5));
  EXPECT_EQ(mini_->connections, 0);
}

TEST_F(DispatchTest, HandsOverAttachmentsAndSetsAsideAMailThatLostThem) {
  MailOptions options;
  options.mail_class = queue::MailClass::kGeneral;
  options.file = std::string(300'000, '\x7F');
  const std::string id = Admit(options);
  absl::StatusOr<queue::ClaimAnswer> claimed;
  ASSERT_TRUE(Until([&] {
    claimed = Run(store_->leases().Claim(0, queue::MailClass::kGeneral, 1, false));
    return claimed.ok() && claimed->jobs.size() == 1;
  }));
  const queue::LeasedJob& job = claimed->jobs.front();
  EXPECT_EQ(Dispatched(job).attempts.size(), 1u);
  ASSERT_EQ(mini_->messages.size(), 1u);
  EXPECT_THAT(mini_->messages[0], HasSubstr("filename=\"bill.bin\""));
  EXPECT_GT(mini_->messages[0].size(), 400'000u);
  Server().Call({"DEL", store_->keys().Attachments(0, id)});
  EXPECT_EQ(Dispatched(job).held, Held::kUnreadable);
  EXPECT_EQ(mini_->messages.size(), 1u);
}

TEST_F(DispatchTest, SendsNothingThatAnEarlierHolderMayHaveSent) {
  Admit();
  queue::LeasedJob job = Claim();
  job.dot = true;
  EXPECT_EQ(Dispatched(job).held, Held::kDot);
  EXPECT_EQ(mini_->connections, 0);
}

TEST_F(DispatchTest, SendsNothingAfterTheDeadline) {
  Admit();
  queue::LeasedJob job = Claim();
  job.record.head.deadline_ms = store_->clock().NowMillis();
  EXPECT_EQ(Dispatched(job).held, Held::kExpired);
  EXPECT_EQ(mini_->connections, 0);
}

TEST_F(DispatchTest, OpensNothingThatKillsItsHolders) {
  Admit();
  queue::LeasedJob job = Claim();
  job.lost_leases = queue::kLostLeasesMax;
  EXPECT_EQ(Dispatched(job).held, Held::kPoison);
  job.lost_leases = queue::kLostLeasesMax - 1;
  EXPECT_EQ(Dispatched(job).held, Held::kTried);
}

TEST_F(DispatchTest, BringsAGreylistedMailToTheRelayThatKnowsIt) {
  const auto second = smtp::MiniRelay::Start(loop_);
  smtp::RelayOptions options = RelayAt(second->port())->options();
  options.id = "second";
  mails_.shared.routes["shop"].push_back(
      {std::make_shared<smtp::Relay>(std::move(options), SystemClock()), 1});
  Admit();
  queue::LeasedJob job = Claim();
  job.record.head.failure_class = v1::GREYLISTED;
  job.record.result.set_relay("second");
  EXPECT_EQ(Dispatched(job).attempts.size(), 1u);
  EXPECT_EQ(second->messages.size(), 1u);
  EXPECT_EQ(mini_->connections, 0);
  job.record.head.failure_class = v1::TIMEOUT;
  EXPECT_EQ(Dispatched(job).attempts.size(), 1u);
  EXPECT_EQ(mini_->messages.size(), 1u) << "other failures begin at the front";
  second->Stop();
}

TEST_F(DispatchTest, WaitsAMinuteForATenantWithoutARoute) {
  Admit();
  mails_.shared.routes.clear();
  const Report report = Dispatched(Claim());
  EXPECT_EQ(report.held, Held::kNoRelay);
  EXPECT_GT(report.not_before, store_->clock().Now() + absl::Seconds(50));
}

TEST_F(DispatchTest, SetsAsideWhatCannotBeRead) {
  Admit();
  queue::LeasedJob job = Claim();
  job.record.live.set_skeleton(std::string(16, 'x'));
  EXPECT_EQ(Dispatched(job).held, Held::kUnreadable);
}

TEST_F(DispatchTest, GivesBackWhatItHasNoKeyFor) {
  Admit();
  const queue::LeasedJob job = Claim();
  const queue::SealKeys keys = mails_.shared.seal_keys;
  mails_.shared.seal_keys.keys.clear();
  EXPECT_EQ(Dispatched(job).held, Held::kNoKey);
  EXPECT_EQ(mini_->connections, 0);
  mails_.shared.seal_keys = keys;
  EXPECT_EQ(Dispatched(job).held, Held::kTried) << "the key is back";
  EXPECT_EQ(mini_->messages.size(), 1u);
}

TEST_F(DispatchTest, GivesBackWhatItCannotReadNow) {
  Admit();
  queue::LeasedJob job = Claim();
  job.record.live.set_skeleton(std::string(16, 'x'));  // Not kept in the process.
  store_->client().Close();
  const Report report = Dispatched(job);
  EXPECT_EQ(report.held, Held::kNoRelay);
  EXPECT_LT(report.not_before, store_->clock().Now() + absl::Seconds(5));
  EXPECT_EQ(mini_->connections, 0);
}

TEST_F(DispatchTest, SetsNothingAsideBecauseRedisIsFullOrConfused) {
  Admit();
  queue::LeasedJob job = Claim();
  const std::string name(16, 'w');
  job.record.live.set_skeleton(name);
  Server().Call({"LPUSH", queue::Keys::Skeleton(name), "no string"});
  EXPECT_EQ(Dispatched(job).held, Held::kNoRelay);
}

TEST_F(DispatchTest, TellsWhenARelayThatIsAwayMayBeBack) {
  Admit();
  mini_->Stop();
  const Report report = Dispatched(Claim());
  EXPECT_EQ(report.held, Held::kTried);
  EXPECT_EQ(report.attempts.at(0).ending, smtp::Ending::kRelayFailed);
}

}  // namespace
}  // namespace posthaste::worker
