#include "service/queue/recipient_forget.h"

#include "service/queue/suppressions.h"
#include "tests/service/queue/admission_fixture.h"

namespace posthaste::queue {
namespace {

class RecipientForgetTest : public AdmissionTest {
 protected:
  ForgetAnswer Forget() {
    return node_->Run(ForgetRecipient(*node_->client_, node_->keys_, node_->clock_,
                                      {std::string(kTenant), shard_, hash_}));
  }
  // The names of all keys but the events.
  std::vector<std::string> Keys() const {
    std::vector<std::string> names;
    for (const auto& [name, value] : Dump()) {
      if (name != node_->keys_.Events(shard_)) names.push_back(name);
    }
    return names;
  }
  void Suppress() {
    Suppressions suppressions(*node_->client_, node_->keys_, node_->clock_);
    NewSuppression refused = *SuppressionFor(v1::INVALID_RECIPIENT, true);
    refused.mailbox_hash = hash_;
    refused.note.masked_recipient = "a***@example.com";
    refused.note.reply = "550 no such user";
    node_->Run(suppressions.Create(std::string(kTenant), shard_, refused));
  }

  const std::string hash_ = MailboxHash(kHashKey, kTenant, kMailbox);
};

TEST_F(RecipientForgetTest, LeavesNothingOfWhatWasSent) {
  const std::string id = Send();
  Admit(Message(MailClass::kNotice));
  const ForgetAnswer answer = Forget();
  EXPECT_EQ(answer.messages, 2);
  EXPECT_EQ(answer.under_way, 0);
  EXPECT_FALSE(answer.suppressed);
  EXPECT_EQ(node_->Run(node_->admission_->GetVerification(id)), std::nullopt);
  EXPECT_EQ(Lane() + Lane(MailClass::kNotice), 0);
  EXPECT_EQ(Forget().messages, 0);
  for (const std::string& name : Keys()) {
    EXPECT_THAT(server_.Call({"TYPE", name}), testing::AnyOf("zset", "string"));
    EXPECT_EQ(name.find(":m:"), std::string::npos) << name;
    EXPECT_EQ(name.find(":a:"), std::string::npos) << name;
    EXPECT_EQ(name.find(":h:"), std::string::npos) << name;
  }
}

TEST_F(RecipientForgetTest, GivesNobodyAnotherTry) {
  const std::string id = Send();
  Check(Guess(id, CheckRequest::Verdict::kWrong));
  AdmitRequest request = Message(MailClass::kGeneral);
  request.limits.push_back({"recipient_hour:GENERAL", hash_, 1, absl::Hours(1)});
  ASSERT_EQ(Admit(request).kind, AdmitAnswer::Kind::kAdmitted);
  Forget();
  request.id = NewId('m', shard_, node_->clock_.Now(), random_);
  EXPECT_EQ(Admit(request).kind, AdmitAnswer::Kind::kLimited);
  EXPECT_EQ(Reading().wrong_guesses, 1);
  EXPECT_EQ(Reading().current, "");
}

TEST_F(RecipientForgetTest, KeepsThatNobodyIsToBeMailedAgainAndNotWhy) {
  Suppress();
  EXPECT_TRUE(Forget().suppressed);
  const std::string key = node_->keys_.Suppression(shard_, kTenant, hash_);
  const Suppression left = DecodeSuppression(server_.Call({"GET", key})).value();
  EXPECT_EQ(left.cause, Cause::kInvalidRecipient);
  EXPECT_EQ(left.note.masked_recipient, "");
  EXPECT_EQ(left.note.reply, "");
  EXPECT_GT(Count("PTTL", key), 0) << "it ends when it was to end";
}

TEST_F(RecipientForgetTest, TakesAJobFromWhoeverHoldsIt) {
  const AdmitRequest request = Message();
  Admit(request);
  Score held;
  held.visible_ms = node_->clock_.NowMillis() + 30'000;
  held.leased = true;
  held.claims = 1;
  SetScore(request.id, Pack(held));
  const ForgetAnswer answer = Forget();
  EXPECT_EQ(answer.messages, 1);
  EXPECT_EQ(answer.under_way, 1);
  EXPECT_EQ(Lane(), 0);
}

TEST_F(RecipientForgetTest, GoesThroughAFullHistory) {
  for (int i = 0; i < kHistoryMax; ++i) {
    ASSERT_EQ(Admit(Message(MailClass::kGeneral)).kind, AdmitAnswer::Kind::kAdmitted);
  }
  EXPECT_EQ(Forget().messages, kHistoryMax);
  EXPECT_EQ(Lane(MailClass::kGeneral), 0);
}

TEST_F(RecipientForgetTest, KnowsNothingOfAnotherTenantsRecipient) {
  const std::string id = Send();
  const ForgetAnswer answer =
      node_->Run(ForgetRecipient(*node_->client_, node_->keys_, node_->clock_,
                                 {"bakery", shard_, MailboxHash(kHashKey, "bakery", kMailbox)}));
  EXPECT_EQ(answer.messages, 0);
  EXPECT_EQ(Verification(id).guesses_left, 5);
}

}  // namespace
}  // namespace posthaste::queue
