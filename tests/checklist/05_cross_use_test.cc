// Checklist 5: a code is good for nothing but what it was made for: tenant, purpose, recipient,
// binding, generation.
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

using Response = v1::CheckVerificationCodeResponse;

// What a code is for.
struct Use {
  std::string tenant, purpose, recipient, session;

  // `mask`'s bits say which of the four are others.
  Use But(int mask) const {
    Use other = *this;
    if (mask & 1) other.tenant = "globex";
    if (mask & 2) other.purpose = "email_verification";
    if (mask & 4) other.recipient = "not-" + recipient;
    if (mask & 8) other.session = "s2";
    return other;
  }
};

class CrossUseTest : public StoreTest {
 protected:
  v1::Verification SendFor(const Use& use) {
    v1::SendVerificationCodeRequest request = Code();
    request.set_recipient(use.recipient);
    request.set_purpose(use.purpose);
    request.set_code_length(10);  // No two of them are equal by chance.
    (*request.mutable_binding())["session"] = use.session;
    return Send(request, use.tenant);
  }
  // How `code` is answered for that use, by the verification's id or by the recipient.
  std::string Tried(const Use& use, const std::string& id, const std::string& code) {
    v1::CheckVerificationCodeRequest request;
    if (id.empty()) request.set_recipient(use.recipient);
    request.set_verification_id(id);
    request.set_purpose(use.purpose);
    request.set_code(code);
    (*request.mutable_binding())["session"] = use.session;
    Response response;
    const absl::Status status =
        Ask(HandleCheckVerificationCode, request, response, use.tenant).status;
    if (!status.ok()) return ReasonOf(status);
    EXPECT_EQ(response.receipt().empty(), response.result() != Response::MATCHED);
    return Response::Result_Name(response.result());
  }
  static std::string Expected(int mask, bool by_id) {
    if (mask & 1) return "VERIFICATION_NOT_FOUND";
    if (mask & 2) return by_id ? "PURPOSE_MISMATCH" : "VERIFICATION_NOT_FOUND";
    if (mask & 4 && !by_id) return "VERIFICATION_NOT_FOUND";
    return mask & 8 ? "BINDING_MISMATCH" : "MATCHED";
  }
};

// Every way to be another, whole or in part, with the verification itself and with another's.
TEST_F(CrossUseTest, IsRefusedInEveryCellOfTheMatrix) {
  for (int mask = 1; mask < 16; ++mask) {
    SCOPED_TRACE(mask);
    const Use use{"acme", "password_reset", "u" + std::to_string(mask) + "@example.com", "s1"};
    const Use other = use.But(mask);
    const v1::Verification sent = SendFor(use);
    const std::string code = CodeIn(sent.message_id());
    // By its id no recipient is named.
    if (mask != 4) {
      EXPECT_EQ(Tried(other, sent.id(), code), Expected(mask, true));
    }
    EXPECT_EQ(Tried(other, "", code), Expected(mask, false));
    EXPECT_EQ(Tried(use, sent.id(), code), "MATCHED") << "it was right all the time";
    const v1::Verification others = SendFor(other);
    EXPECT_EQ(Tried(other, others.id(), code), "MISMATCHED");
    EXPECT_EQ(Tried(other, others.id(), CodeIn(others.message_id())), "MATCHED");
  }
}

TEST_F(CrossUseTest, IsRefusedInAnotherGeneration) {
  v1::SendVerificationCodeRequest request = Code();
  request.set_resend_policy(v1::NEW_CODE_SUPERSEDE);
  const v1::Verification sent = Send(request);
  const std::string first = CodeIn(sent.message_id());
  MoveClock(absl::Seconds(31));
  const v1::Verification again = Send();
  ASSERT_EQ(again.id(), sent.id());
  ASSERT_EQ(again.generation(), 2);
  EXPECT_EQ(Result(sent.id(), first), Response::STALE_CODE);
  EXPECT_EQ(Result(sent.id(), CodeIn(again.message_id())), Response::MATCHED);
  EXPECT_EQ(Result(sent.id(), first), Response::ALREADY_USED);
}

TEST_F(CrossUseTest, CostsAGuessAndSaysNothingOfTheCode) {
  const Use use{"acme", "password_reset", "ana@example.com", "s1"};
  const v1::Verification sent = SendFor(use);
  const std::string code = CodeIn(sent.message_id());
  int left = 5;
  for (const int mask : {2, 8}) {
    for (const std::string& guess : {code, Other(code)}) {
      EXPECT_EQ(Tried(use.But(mask), sent.id(), guess), Expected(mask, true));
      v1::GetVerificationRequest get;
      get.set_verification_id(sent.id());
      v1::Verification now;
      ASSERT_TRUE(Ask(HandleGetVerification, get, now).status.ok());
      EXPECT_EQ(now.guesses_remaining(), --left);
    }
  }
  EXPECT_EQ(Tried(use.But(1), sent.id(), code), "VERIFICATION_NOT_FOUND");
  EXPECT_EQ(Tried(use, sent.id(), code), "MATCHED") << "the last guess: another tenant took none";
}

}  // namespace
}  // namespace posthaste::api
