#include "service/queue/recipient_reset.h"

#include "tests/service/queue/admission_fixture.h"

namespace posthaste::queue {
namespace {

using Verdict = CheckRequest::Verdict;

class RecipientResetTest : public AdmissionTest {
 protected:
  ResetAnswer Reset(const std::string& bucket_hash = "") {
    ResetRequest request;
    request.shard = shard_;
    request.mailbox_hash = MailboxHash(kHashKey, kTenant, kMailbox);
    request.bucket_hash = bucket_hash.empty() ? request.mailbox_hash : bucket_hash;
    request.failure_key = [](std::string_view purpose) {
      return purpose == "password_reset" ? kFailures : std::string(16, 'x');
    };
    return node_->Run(ResetRecipient(*node_->client_, node_->keys_, node_->clock_, request));
  }

  AdmitAnswer::Kind TakeOne(const std::string& key) {
    AdmitRequest request = Message(MailClass::kGeneral);
    request.limits.push_back({"recipient_hour:GENERAL", key, 1, absl::Hours(1)});
    return Admit(request).kind;
  }
};

TEST_F(RecipientResetTest, ForgetsLimitsAndWrongGuessesAndNothingElse) {
  const std::string id = Send();
  Check(Guess(id, Verdict::kWrong));
  const std::string bucket(16, 'b');
  EXPECT_EQ(TakeOne(bucket), AdmitAnswer::Kind::kAdmitted);
  EXPECT_EQ(TakeOne(bucket), AdmitAnswer::Kind::kLimited);
  const std::string mailbox = MailboxHash(kHashKey, kTenant, kMailbox);
  const size_t messages = Remembered(mailbox).messages.size();

  const ResetAnswer answer = Reset(bucket);
  EXPECT_EQ(answer.limits, 1);
  EXPECT_EQ(answer.purposes, std::vector<std::string>(1, "password_reset"));
  EXPECT_EQ(Reading().wrong_guesses, 0);
  EXPECT_EQ(TakeOne(bucket), AdmitAnswer::Kind::kAdmitted);
  EXPECT_EQ(Verification(id).guesses_left, 4) << "a guess that was lost stays lost";
  EXPECT_EQ(Remembered(mailbox).messages.size(), messages + 1) << "history stays";
  EXPECT_EQ(Reading().current, id);
}

TEST_F(RecipientResetTest, FindsNothingToForget) {
  const ResetAnswer answer = Reset();
  EXPECT_EQ(answer.limits, 0);
  EXPECT_TRUE(answer.purposes.empty());
  EXPECT_EQ(server_.Call({"DBSIZE"}), "0");
}

}  // namespace
}  // namespace posthaste::queue
