// Of admission: what a newer message does to an older one.
#include <set>

#include "tests/service/queue/admission_fixture.h"

namespace posthaste::queue {
namespace {

using Kind = AdmitAnswer::Kind;

class SupersedeTest : public AdmissionTest {
 protected:
  AdmitRequest Grouped(MailClass mail_class = MailClass::kGeneral) {
    AdmitRequest request = Message(mail_class);
    request.supersede_group = std::string(16, 's');
    return request;
  }
};

TEST_F(SupersedeTest, LetsTheNewestOfAHundredRivalsWin) {
  std::vector<AdmitRequest> requests;
  for (int i = 0; i < 100; ++i) requests.push_back(Grouped());
  std::vector<Task<absl::StatusOr<AdmitAnswer>>> tasks;
  for (const AdmitRequest& request : requests) tasks.push_back(node_->admission_->Admit(request));
  for (const auto& answer : RunAll(node_->loop_, std::move(tasks))) {
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->kind, Kind::kAdmitted);
  }
  EXPECT_EQ(Lane(MailClass::kGeneral), 1);
  for (int i = 0; i < 99; ++i) {
    const Record record = Stored(requests[i].id);
    EXPECT_EQ(record.head.state, v1::Message::SUPERSEDED);
    EXPECT_TRUE(record.sealed.empty());
  }
  EXPECT_EQ(Stored(requests[99].id).head.state, v1::Message::QUEUED);
}

TEST_F(SupersedeTest, AgreesWithRivalsOfOtherLoops) {
  const auto other = std::make_unique<Node>(server_, 16);
  AdmitRequest a = Grouped();
  AdmitRequest b = Grouped(MailClass::kNotice);
  AdmitRequest c = Grouped();
  EXPECT_EQ(Admit(a).kind, Kind::kAdmitted);
  EXPECT_EQ(other->Run(other->admission_->Admit(b)).kind, Kind::kAdmitted);
  EXPECT_EQ(Admit(c).kind, Kind::kAdmitted);
  EXPECT_EQ(Stored(a.id).head.state, v1::Message::SUPERSEDED);
  EXPECT_EQ(Stored(b.id).head.state, v1::Message::SUPERSEDED);
  EXPECT_EQ(Lane(MailClass::kNotice), 0);
  EXPECT_EQ(Lane(MailClass::kGeneral), 1);
}

TEST_F(SupersedeTest, WithdrawsTheOlderMailOfAResend) {
  const std::string id = Send();
  const VerificationRecord first = Verification(id);
  AdmitRequest request = Message();
  request.verification = Resend(first, request);
  const AdmitAnswer answer = Admit(request);
  ASSERT_EQ(answer.kind, Kind::kAdmitted);
  EXPECT_EQ(answer.superseded_unsent, 1);
  EXPECT_EQ(Stored(first.message_id).head.state, v1::Message::SUPERSEDED);
  EXPECT_GT(Count("PTTL", node_->keys_.Message(shard_, first.message_id)), 0);
  EXPECT_EQ(Lane(), 1);
  EXPECT_EQ(Stored(first.message_id).facts.verification_id(), id);
  EXPECT_EQ(Stored(request.id).facts.verification_id(), "");
  const VerificationRecord second = Verification(id);
  EXPECT_EQ(second.purpose, first.purpose);
  EXPECT_EQ(second.generations, first.generations);
  EXPECT_EQ(second.revision, 2);
  EXPECT_EQ(second.sends, 2);
  EXPECT_EQ(second.message_id, request.id);
}

TEST_F(SupersedeTest, AsksTheFenceToRefuseAMailThatIsHeld) {
  const VerificationRecord first = Verification(Send());
  const Score held = {
      .visible_ms = node_->clock_.NowMillis() + 30'000, .leased = true, .claims = 1};
  SetScore(first.message_id, Pack(held));
  AdmitRequest request = Message();
  request.verification = Resend(first, request);
  const AdmitAnswer answer = Admit(request);
  ASSERT_EQ(answer.kind, Kind::kAdmitted);
  EXPECT_EQ(answer.superseded_unsent, 1);
  Score cancelled = held;
  cancelled.cancel = true;
  const std::string lane = node_->keys_.Lane(shard_, MailClass::kCode, "");
  EXPECT_EQ(Unpack(std::stoll(server_.Call({"ZSCORE", lane, first.message_id}))), cancelled);
  const Record record = Stored(first.message_id);
  EXPECT_EQ(record.head.state, v1::Message::QUEUED);
  EXPECT_EQ(record.head.flags, kFlagSuperseded);
  EXPECT_FALSE(record.sealed.empty());
}

TEST_F(SupersedeTest, LeavesAMailAloneWhoseDotMayBeSent) {
  const VerificationRecord first = Verification(Send());
  const Score sent = {
      .visible_ms = node_->clock_.NowMillis() + 30'000, .leased = true, .dot = true, .claims = 1};
  SetScore(first.message_id, Pack(sent));
  const Record before = Stored(first.message_id);
  AdmitRequest request = Message();
  request.verification = Resend(first, request);
  const AdmitAnswer answer = Admit(request);
  ASSERT_EQ(answer.kind, Kind::kAdmitted);
  EXPECT_EQ(answer.superseded_unsent, 0);
  const std::string lane = node_->keys_.Lane(shard_, MailClass::kCode, "");
  EXPECT_EQ(Unpack(std::stoll(server_.Call({"ZSCORE", lane, first.message_id}))), sent);
  Record after = Stored(first.message_id);
  after.verification = before.verification;  // It went on with the newer mail.
  EXPECT_EQ(Encode(after, first.message_id), Encode(before, first.message_id));
}

TEST_F(SupersedeTest, EndsTheVerificationThatIsReplaced) {
  const VerificationRecord first = Verification(Send());
  AdmitRequest request = Message();
  request.verification = NewVerification(request);
  request.verification->expected_current = first.id;
  request.verification->superseded_id = first.id;
  request.verification->superseded_revision = first.revision;
  request.verification->withdraw_message_id = first.message_id;
  ASSERT_EQ(Admit(request).kind, Kind::kAdmitted);
  EXPECT_EQ(Verification(first.id).state, v1::Verification::SUPERSEDED);
  EXPECT_EQ(Verification(first.id).revision, 2);
  EXPECT_EQ(Reading().current, request.verification->next.id);
  EXPECT_GT(Verification(first.id).end_ms, 0);
}

TEST_F(SupersedeTest, WritesNothingWhenTheVerificationHasMoved) {
  const VerificationRecord first = Verification(Send());
  const auto before = Dump();
  AdmitRequest request = Message();
  request.verification = NewVerification(request);
  EXPECT_EQ(Admit(request).kind, Kind::kMoved);  // The group pointed at nothing when it was read.
  request.verification = Resend(first, request);
  request.verification->expected_revision = 7;
  EXPECT_EQ(Admit(request).kind, Kind::kMoved);
  request.verification = NewVerification(request);
  request.verification->expected_current = first.id;
  request.verification->superseded_id = first.id;
  request.verification->superseded_revision = 7;
  EXPECT_EQ(Admit(request).kind, Kind::kMoved);
  EXPECT_EQ(Dump(), before);
}

TEST_F(SupersedeTest, LetsOneOfManyRacingFirstSendsMakeTheVerification) {
  std::vector<AdmitRequest> requests;
  for (int i = 0; i < 100; ++i) {
    requests.push_back(Message());
    requests.back().verification = NewVerification(requests.back());
  }
  std::vector<Task<absl::StatusOr<AdmitAnswer>>> tasks;
  for (const AdmitRequest& request : requests) tasks.push_back(node_->admission_->Admit(request));
  std::map<Kind, int> kinds;
  for (const auto& answer : RunAll(node_->loop_, std::move(tasks))) ++kinds[answer->kind];
  EXPECT_EQ(kinds, (std::map<Kind, int>{{Kind::kAdmitted, 1}, {Kind::kMoved, 99}}));
  EXPECT_EQ(Lane(), 1);
}

}  // namespace
}  // namespace posthaste::queue
