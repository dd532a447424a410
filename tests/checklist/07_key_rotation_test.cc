// Checklist 7: keys rotate while codes live: of codes, of seals, of receipts. What was made under
// the old ones stays good, what is new is made under the new ones.
#include "base/encoding.h"
#include "base/signing_key.h"
#include "service/api/receipts.h"
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

using Response = v1::CheckVerificationCodeResponse;

class KeyRotationTest : public StoreTest {
 protected:
  // Code keys of these epochs; the last makes new codes.
  void UseCodeKeys(std::initializer_list<uint32_t> epochs) {
    std::map<uint32_t, Secret> keys;
    for (const uint32_t epoch : epochs)
      keys.emplace(epoch, Secret(std::string(32, static_cast<char>('b' + epoch))));
    world_.shared.code_keys = std::make_shared<const codes::KeyRing>(
        codes::KeyRing::Create(std::move(keys), *(epochs.end() - 1)).value());
  }
  int64_t EpochOf(const v1::Verification& sent) { return Opened(sent.message_id()).code().epoch(); }
};

TEST_F(KeyRotationTest, LeavesCodesOfTheOldKeyGoodUntilTheirEnd) {
  const v1::Verification sent = Send();
  ASSERT_EQ(EpochOf(sent), 2);
  const std::string code = CodeIn(sent.message_id());
  UseCodeKeys({2, 3});
  EXPECT_EQ(Result(sent.id(), Other(code)), Response::MISMATCHED);
  EXPECT_EQ(Result(sent.id(), code), Response::MATCHED);
  EXPECT_EQ(EpochOf(Send()), 3) << "a new code is of the new key";
}

TEST_F(KeyRotationTest, LeavesTheCodeOfAResendTheSame) {
  const v1::Verification sent = Send();
  const std::string code = CodeIn(sent.message_id());
  UseCodeKeys({2, 3});
  MoveClock(absl::Seconds(31));
  const v1::Verification again = Send();
  ASSERT_EQ(again.id(), sent.id());
  EXPECT_EQ(CodeIn(again.message_id()), code);
  UseCodeKeys({2, 3, 4});
  EXPECT_EQ(Result(sent.id(), code), Response::MATCHED);
}

TEST_F(KeyRotationTest, LetsTwoGenerationsOfOneVerificationHaveAKeyEach) {
  v1::SendVerificationCodeRequest request = Code();
  request.set_resend_policy(v1::NEW_CODE_KEEP_PREVIOUS);
  for (const bool older : {true, false}) {
    UseCodeKeys({1, 2});
    request.set_force_new(true);
    const v1::Verification sent = Send(request);
    const std::string first = CodeIn(sent.message_id());
    UseCodeKeys({2, 3});
    MoveClock(absl::Seconds(31));
    request.set_force_new(false);
    const v1::Verification again = Send(request);
    ASSERT_EQ(again.id(), sent.id());
    ASSERT_EQ(again.generation(), 2);
    EXPECT_EQ(EpochOf(again), 3);
    const std::string second = CodeIn(again.message_id());
    EXPECT_EQ(Result(sent.id(), older ? first : second), Response::MATCHED);
  }
}

TEST_F(KeyRotationTest, NeverTakesAWrongCodeForRightWhenAKeyIsGone) {
  const v1::Verification sent = Send();
  const std::string code = CodeIn(sent.message_id());
  UseCodeKeys({3});
  Response response;
  const absl::Status status =
      Ask(HandleCheckVerificationCode, Guess(sent.id(), code), response).status;
  EXPECT_FALSE(status.ok());
  UseCodeKeys({2, 3});
  const Response right = Check(Guess(sent.id(), code));
  EXPECT_EQ(right.result(), Response::MATCHED);
  EXPECT_EQ(right.verification().guesses_remaining(), 4) << "that nobody could judge cost nothing";
}

TEST_F(KeyRotationTest, OpensQueuedMailThatWasSealedUnderTheOldKey) {
  const v1::Verification before = Send();
  world_.shared.seal_keys.keys.emplace(uint16_t{2}, Secret(std::string(32, 't')));
  world_.shared.seal_keys.current = 2;
  v1::SendVerificationCodeRequest request = Code();
  request.set_recipient("bob@example.com");
  const v1::Verification after = Send(request);
  EXPECT_EQ(Opened(before.message_id()).to_mailbox(), "ana@example.com");
  EXPECT_EQ(Opened(after.message_id()).to_mailbox(), "bob@example.com");
  world_.shared.seal_keys.keys.erase(1);
  EXPECT_EQ(Opened(after.message_id()).to_mailbox(), "bob@example.com") << "sealed under the new";
}

TEST_F(KeyRotationTest, LeavesReceiptsOfTheOldKeyVerifiableWhileItIsListed) {
  using Kind = crypto::SigningKey::Kind;
  std::vector<codes::ReceiptKeys::Key> keys;
  keys.push_back({"r1", crypto::SigningKey::Generate(Kind::kEd25519)});
  world_.shared.receipt_keys = codes::ReceiptKeys::Create(keys).value();
  const v1::Verification sent = Send();
  v1::CheckVerificationCodeRequest check = Guess(sent.id(), CodeIn(sent.message_id()));
  const std::string receipt = Check(check).receipt();
  keys.push_back({"r2", crypto::SigningKey::Generate(Kind::kEd25519)});
  world_.shared.receipt_keys = codes::ReceiptKeys::Create(keys).value();
  const v1::Verification later = Send();
  const std::string newer = Check(Guess(later.id(), CodeIn(later.message_id()))).receipt();
  const auto kid = [](const std::string& jws) {
    return FromBase64Url(jws.substr(0, jws.find('.'))).value_or("");
  };
  EXPECT_THAT(kid(receipt), testing::HasSubstr("\"r1\""));
  EXPECT_THAT(kid(newer), testing::HasSubstr("\"r2\""));
  v1::GetSigningKeysResponse listed;
  ASSERT_TRUE(Ask(HandleGetSigningKeys, v1::GetSigningKeysRequest(), listed).status.ok());
  ASSERT_EQ(listed.keys_size(), 2);
  EXPECT_EQ(listed.keys(0).id(), "r1");
  EXPECT_EQ(listed.keys(1).id(), "r2");
}

}  // namespace
}  // namespace posthaste::api
