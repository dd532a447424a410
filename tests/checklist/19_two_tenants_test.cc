// Checklist 19: of two tenants that write to one recipient neither shows in the other: not by
// limits, not by state, not by time.
#include "service/api/suppressions.h"
#include "tests/checklist/timing.h"
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

using Response = v1::CheckVerificationCodeResponse;

class TwoTenantsTest : public StoreTest {
 protected:
  explicit TwoTenantsTest(int sends_per_recipient_hour = 2)
      : StoreTest([&](config::v1::Config& config) {
          config::v1::Limits& limits = *config.mutable_limits();
          limits.set_sends_per_recipient_hour(sends_per_recipient_hour);
          limits.set_sends_per_client_hour(3);
          limits.set_sends_per_caller_key_hour(3);
        }) {}

  static v1::SendVerificationCodeRequest To(const std::string& recipient) {
    v1::SendVerificationCodeRequest request = Code();
    request.set_recipient(recipient);
    request.set_force_new(true);
    return request;
  }
};

TEST_F(TwoTenantsTest, DoNotUseUpEachOthersLimits) {
  Send(To("ana@example.com"));
  Send(To("ana@example.com"));
  EXPECT_EQ(ReasonOf(Refused(To("ana@example.com"))), "RECIPIENT_SEND_LIMIT");
  Send(To("ana@example.com"), "globex");
  Send(To("ana@example.com"), "globex");
  EXPECT_EQ(ReasonOf(Refused(To("ana@example.com"), "globex")), "RECIPIENT_SEND_LIMIT");
}

TEST_F(TwoTenantsTest, DoNotUseUpAClientsOrACallersKey) {
  const auto from = [](int i) {
    v1::SendVerificationCodeRequest request = To("u" + std::to_string(i) + "@example.com");
    request.mutable_client_context()->set_ip_address("192.0.2.1");
    request.add_rate_limit_keys("device:1");
    return request;
  };
  for (int i = 0; i < 3; ++i) Send(from(i));
  EXPECT_EQ(ReasonOf(Refused(from(3))), "CLIENT_LIMIT");
  for (int i = 0; i < 3; ++i) Send(from(i), "globex");
  EXPECT_EQ(ReasonOf(Refused(from(3), "globex")), "CLIENT_LIMIT");
}

TEST_F(TwoTenantsTest, HaveAVerificationEachAndDoNotMoveTheOthers) {
  const v1::Verification ours = Send(), theirs = Send(Code(), "globex");
  EXPECT_TRUE(theirs.created());
  EXPECT_NE(theirs.id(), ours.id());
  EXPECT_EQ(theirs.guesses_remaining(), 5);
  const std::string code = CodeIn(ours.message_id());
  const auto guess_theirs = Guess(theirs.id(), Other(CodeIn(theirs.message_id())));
  for (int i = 0; i < 5; ++i) Check(guess_theirs, "globex");
  EXPECT_EQ(Check(guess_theirs, "globex").result(), Response::GUESSES_EXHAUSTED);
  const Response right = Check(Guess(ours.id(), code));
  EXPECT_EQ(right.result(), Response::MATCHED);
  EXPECT_EQ(right.verification().guesses_remaining(), 4);
}

TEST_F(TwoTenantsTest, DoNotShareWhomTheySuppress) {
  v1::CreateSuppressionRequest suppress;
  suppress.set_recipient("ana@example.com");
  v1::Suppression made;
  ASSERT_EQ(Verdict(Ask(HandleCreateSuppression, suppress, made, "globex").status), "OK");
  v1::SendPasswordChangedRequest notice;
  notice.set_recipient("ana@example.com");
  v1::Message message;
  EXPECT_EQ(Verdict(Ask(HandleSendPasswordChanged, notice, message, "globex").status),
            "FAILED_PRECONDITION RECIPIENT_SUPPRESSED");
  EXPECT_EQ(Verdict(Ask(HandleSendPasswordChanged, notice, message).status), "OK");
  const v1::Verification sent = Send();
  EXPECT_EQ(Result(sent.id(), CodeIn(sent.message_id())), Response::MATCHED) << "no decoy";
}

class TwoTenantsTimingTest : public TwoTenantsTest {
 protected:
  TwoTenantsTimingTest() : TwoTenantsTest(-1) {}
};

// The other tenant has sent to the recipient and guessed wrong, or has done that with somebody
// else.
TEST_F(TwoTenantsTimingTest, DoNotTellByHowLongASendTakes) {
  Arms sends;
  int person = 0;
  ExpectAlike({{"sends, to somebody whom another tenant writes to or not", &sends}},
              [&](int samples) {
                for (int i = 0; i < samples; ++i) {  // Two sends each.
                  const int arm = (i + i / 2) % 2;
                  const std::string ours = "person" + std::to_string(person) + "@example.com";
                  const std::string theirs =
                      arm == 0 ? ours : "other" + std::to_string(person) + "@example.com";
                  ++person;
                  const v1::Verification before = Send(To(theirs), "globex");
                  Check(Guess(before.id(), "000000000"), "globex");
                  sends.Time(arm, [&] { Send(To(ours)); });
                }
              });
}

}  // namespace
}  // namespace posthaste::api
