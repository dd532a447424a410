#include "service/api/receipts.h"

#include "base/encoding.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

using Response = v1::CheckVerificationCodeResponse;

class ReceiptsTest : public StoreTest {
 protected:
  static google::protobuf::Struct ClaimsOf(const std::string& receipt) {
    const size_t begin = receipt.find('.') + 1, end = receipt.rfind('.');
    google::protobuf::Struct claims;
    const std::string json = FromBase64Url(receipt.substr(begin, end - begin)).value_or("");
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &claims).ok()) << receipt;
    return claims;
  }
  static std::string Text(const google::protobuf::Struct& claims, const char* name) {
    return claims.fields().at(name).string_value();
  }
  static double Number(const google::protobuf::Struct& claims, const char* name) {
    return claims.fields().at(name).number_value();
  }
};

TEST_F(ReceiptsTest, ProveAMatchAndNothingElse) {
  const v1::Verification sent = Send();
  const std::string code = CodeIn(sent.message_id());
  EXPECT_EQ(Check(Guess(sent.id(), Other(code))).receipt(), "");
  const Response right = Check(Guess(sent.id(), code));
  ASSERT_EQ(right.result(), Response::MATCHED);
  const google::protobuf::Struct claims = ClaimsOf(right.receipt());
  EXPECT_EQ(Text(claims, "iss"), "posthaste");
  EXPECT_EQ(Text(claims, "aud"), "acme");
  EXPECT_EQ(Text(claims, "purpose"), "password_reset");
  EXPECT_EQ(Text(claims, "jti"), sent.id());
  EXPECT_EQ(Text(claims, "binding"), "");
  EXPECT_EQ(Text(claims, "sub").substr(0, 8), "mailbox:");
  EXPECT_EQ(right.receipt().find("ana"), std::string::npos);
  EXPECT_EQ(Number(claims, "iat"), right.verification().verify_time().seconds());
  EXPECT_EQ(Number(claims, "exp") - Number(claims, "iat"), 600);
  EXPECT_EQ(Check(Guess(sent.id(), code)).receipt(), "") << "ALREADY_USED";
}

TEST_F(ReceiptsTest, NameTheSubjectAndTheBindingThatWereCompared) {
  v1::SendVerificationCodeRequest send = Code();
  send.set_subject_id("user-7");
  (*send.mutable_binding())["session"] = "s1";
  const v1::Verification sent = Send(send);
  v1::CheckVerificationCodeRequest check = Guess(sent.id(), CodeIn(sent.message_id()));
  check.set_subject_id("user-7");
  (*check.mutable_binding())["session"] = "s1";
  check.mutable_receipt_ttl()->set_seconds(1800);
  const google::protobuf::Struct claims = ClaimsOf(Check(check).receipt());
  EXPECT_EQ(Text(claims, "sub"), "user-7");
  EXPECT_EQ(FromBase64Url(Text(claims, "binding"))->size(), 32u);
  EXPECT_EQ(Number(claims, "exp") - Number(claims, "iat"), 1800);
}

TEST_F(ReceiptsTest, AreTheSameForTheSameRequest) {
  const v1::Verification sent = Send();
  v1::CheckVerificationCodeRequest check = Guess(sent.id(), CodeIn(sent.message_id()));
  check.set_request_id("r1");
  const std::string first = Check(check).receipt();
  MoveClock(absl::Minutes(5));
  EXPECT_EQ(Check(check).receipt(), first) << "asking again does not prolong it";
}

TEST_F(ReceiptsTest, LiveFromOneToThirtyMinutes) {
  v1::CheckVerificationCodeRequest check = Guess(Send().id(), "123456");
  for (const int64_t seconds : {0, 59, 1801}) {
    check.mutable_receipt_ttl()->set_seconds(seconds);
    Response response;
    EXPECT_EQ(FirstWrong(Ask(HandleCheckVerificationCode, check, response).status),
              "receipt_ttl FIELD_INVALID");
  }
}

TEST_F(ReceiptsTest, AreLeftOutWithoutKeys) {
  world_.shared.receipt_keys = codes::ReceiptKeys();
  const v1::Verification sent = Send();
  const Response right = Check(Guess(sent.id(), CodeIn(sent.message_id())));
  EXPECT_EQ(right.result(), Response::MATCHED);
  EXPECT_EQ(right.receipt(), "");
}

TEST_F(ReceiptsTest, HaveKeysThatAnybodyMayAskFor) {
  v1::GetSigningKeysResponse response;
  ASSERT_TRUE(Ask(HandleGetSigningKeys, v1::GetSigningKeysRequest(), response).status.ok());
  ASSERT_EQ(response.keys_size(), 1);
  EXPECT_EQ(response.keys(0).id(), "r1");
  EXPECT_EQ(response.keys(0).public_key().size(), 32u);
}

}  // namespace
}  // namespace posthaste::api
