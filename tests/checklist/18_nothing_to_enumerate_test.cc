// Checklist 18: who asks for codes learns nothing of whether an address is known, suppressed or
// held.
#include "service/api/holds.h"
#include "service/api/suppressions.h"
#include "tests/service/api/operator_fixture.h"

namespace posthaste::api {
namespace {

using Response = v1::CheckVerificationCodeResponse;

class NothingToEnumerateTest : public OperatorTest {
 protected:
  void Suppress(const std::string& recipient, v1::Suppression::Cause cause) {
    v1::CreateSuppressionRequest request;
    request.set_recipient(recipient);
    request.set_cause(cause);
    v1::Suppression made;
    ASSERT_EQ(Verdict(Ask(HandleCreateSuppression, request, made).status), "OK");
  }
  void Hold(v1::Hold::Scope scope, const std::string& target) {
    v1::CreateHoldRequest request;
    request.set_scope(scope);
    request.set_target(target);
    request.set_reason("a test");
    v1::Hold hold;
    ASSERT_EQ(Verdict(Operate(HandleCreateHold, request, hold)), "OK");
    ASSERT_TRUE(Run(store_->holds().Refresh()).ok());  // As each loop does every second.
  }
  // What a portal sees of one address: of a send, of a second one, of wrong guesses, of a look.
  std::string AllSeenOf(const std::string& recipient, bool decoy = false) {
    v1::SendVerificationCodeRequest request = Code();
    request.set_recipient(recipient);
    request.set_decoy(decoy);
    v1::Verification sent;
    std::string seen = Verdict(Ask(HandleSendVerificationCode, request, sent).status) + "\n";
    const std::string id = sent.id();
    seen += Alike(sent);
    v1::Verification again;
    seen += Verdict(Ask(HandleSendVerificationCode, request, again).status) + "\n";
    if (id.empty()) return seen;
    for (int i = 0; i < 6; ++i) {
      const Response answer = Check(Guess(id, "000000000"));
      seen += Response::Result_Name(answer.result()) + "\n" + Alike(answer.verification());
    }
    return seen + Alike(Seen(id, false));
  }
};

TEST_F(NothingToEnumerateTest, OfUnknownAndSuppressedRecipients) {
  Suppress("ane@example.com", v1::Suppression::REQUESTED);
  Suppress("anf@example.com", v1::Suppression::INVALID_RECIPIENT);
  Suppress("ang@example.com", v1::Suppression::COMPLAINT);
  const std::string known = AllSeenOf("ana@example.com");
  EXPECT_THAT(known, testing::StartsWith("OK\n"));
  EXPECT_THAT(known, testing::HasSubstr("GUESSES_EXHAUSTED"));
  EXPECT_EQ(AllSeenOf("and@example.com", true), known) << "an unknown one";
  for (const char* suppressed : {"ane@example.com", "anf@example.com", "ang@example.com"})
    EXPECT_EQ(AllSeenOf(suppressed), known) << suppressed;
}

TEST_F(NothingToEnumerateTest, OfASuppressedRecipientEvenAfterTheWorkerHasSeenIt) {
  Suppress("ana@example.com", v1::Suppression::REQUESTED);
  const v1::Verification played = Send();
  const std::string code = CodeIn(played.message_id());
  const queue::LeasedJob job = Claimed(played.message_id());
  EXPECT_NE(job.record.head.flags & queue::kFlagDecoy, 0) << "it would be mailed";
  End(job, v1::Message::SUPPRESSED);
  EXPECT_EQ(Seen(played.id(), false).message_state(), v1::Message::ACCEPTED);
  EXPECT_EQ(Seen(played.id(), false).state(), v1::Verification::PENDING);
  EXPECT_EQ(Seen(played.id(), true).message_state(), v1::Message::SUPPRESSED)
      << "who may read messages is told";
  EXPECT_EQ(Result(played.id(), code), Response::MISMATCHED);
}

TEST_F(NothingToEnumerateTest, OfRecipientsThatAreHeld) {
  Suppress("ane@gmail.com", v1::Suppression::REQUESTED);
  Hold(v1::Hold::PROVIDER, "gmail");
  const std::string known = AllSeenOf("ana@gmail.com");
  EXPECT_THAT(known, testing::StartsWith("FAILED_PRECONDITION SENDING_HELD\n"));
  EXPECT_EQ(AllSeenOf("and@gmail.com", true), known);
  EXPECT_EQ(AllSeenOf("ane@gmail.com"), known);
  EXPECT_THAT(AllSeenOf("ana@example.com"), testing::StartsWith("OK\n"));
}

TEST_F(NothingToEnumerateTest, OfARecipientWhosePeriodIsUsedUp) {
  world_.config.mutable_limits()->set_sends_per_recipient_hour(1);
  Suppress("ane@example.com", v1::Suppression::REQUESTED);
  for (const auto& [recipient, decoy] : std::vector<std::pair<std::string, bool>>{
           {"ana@example.com", false}, {"and@example.com", true}, {"ane@example.com", false}}) {
    v1::SendVerificationCodeRequest request = Code();
    request.set_recipient(recipient);
    request.set_decoy(decoy);
    Send(request);
    request.set_force_new(true);
    EXPECT_EQ(Verdict(Refused(request)), "RESOURCE_EXHAUSTED RECIPIENT_SEND_LIMIT") << recipient;
  }
}

}  // namespace
}  // namespace posthaste::api
