#include "service/api/recipient_data.h"

#include "service/api/suppressions.h"
#include "tests/service/api/operator_fixture.h"

namespace posthaste::api {
namespace {

class RecipientDataTest : public OperatorTest {
 protected:
  v1::ExportRecipientResponse Export(const std::string& recipient = "Ana@example.com",
                                     const std::string& tenant = "acme", int size = 0,
                                     const std::string& token = "") {
    v1::ExportRecipientRequest request;
    request.set_recipient(recipient);
    request.set_page_size(size);
    request.set_page_token(token);
    v1::ExportRecipientResponse response;
    const Answer answer = Ask(HandleExportRecipient, request, response, tenant);
    EXPECT_TRUE(answer.status.ok()) << answer.status;
    return response;
  }
  v1::ForgetRecipientResponse Forget(const std::string& recipient = "ana@example.com",
                                     const std::string& tenant = "acme") {
    v1::ForgetRecipientRequest request;
    request.set_recipient(recipient);
    request.set_reason("asked to be forgotten");
    v1::ForgetRecipientResponse response;
    const Answer answer = Ask(HandleForgetRecipient, request, response, tenant);
    EXPECT_TRUE(answer.status.ok()) << answer.status;
    return response;
  }
  void Suppress(const std::string& tenant = "acme") {
    v1::CreateSuppressionRequest request;
    request.set_recipient("ana@example.com");
    request.set_reason("asked us");
    v1::Suppression response;
    EXPECT_TRUE(Ask(HandleCreateSuppression, request, response, tenant).status.ok());
  }
};

TEST_F(RecipientDataTest, IsShownWholeAndWithoutACode) {
  const v1::Verification sent = Send();
  const std::string code = CodeIn(sent.message_id());
  Check(Guess(sent.id(), Other(code)));
  Suppress();
  const v1::ExportRecipientResponse known = Export();
  EXPECT_EQ(known.recipient_hash().size(), 32u);
  ASSERT_EQ(known.messages_size(), 1);
  EXPECT_EQ(known.messages(0).message().id(), sent.message_id());
  ASSERT_EQ(known.verifications_size(), 1);
  EXPECT_EQ(known.verifications(0).id(), sent.id());
  EXPECT_EQ(known.suppression().cause(), v1::Suppression::REQUESTED);
  EXPECT_GT(known.limits(), 0);
  EXPECT_GT(known.limits_end_time().seconds(), 0);
  EXPECT_EQ(known.wrong_guesses().at("password_reset"), 1);
  EXPECT_EQ(known.DebugString().find(code), std::string::npos);
}

TEST_F(RecipientDataTest, IsShownInPages) {
  v1::SendVerificationCodeRequest again = Code();
  Send(again);
  again.set_force_new(true);
  Send(again);
  const v1::ExportRecipientResponse first = Export("ana@example.com", "acme", 1);
  ASSERT_EQ(first.messages_size(), 1);
  EXPECT_EQ(first.verifications_size(), 2) << "the one that was superseded too";
  ASSERT_NE(first.next_page_token(), "");
  const v1::ExportRecipientResponse rest =
      Export("ana@example.com", "acme", 1, first.next_page_token());
  ASSERT_EQ(rest.messages_size(), 1);
  EXPECT_NE(rest.messages(0).message().id(), first.messages(0).message().id());
  EXPECT_EQ(rest.verifications_size(), 0) << "on the first page only";
}

TEST_F(RecipientDataTest, IsForgottenAndStaysGuarded) {
  const v1::Verification sent = Send();
  const std::string code = CodeIn(sent.message_id());
  Check(Guess(sent.id(), Other(code)));
  const int limits = Export().limits();
  EXPECT_EQ(Forget().messages(), 1);
  v1::CheckVerificationCodeResponse checked;
  const Answer answer = Ask(HandleCheckVerificationCode, Guess(sent.id(), code), checked);
  EXPECT_EQ(Verdict(answer.status), "NOT_FOUND VERIFICATION_NOT_FOUND");
  const v1::ExportRecipientResponse known = Export();
  EXPECT_EQ(known.messages_size() + known.verifications_size(), 0);
  EXPECT_EQ(known.limits(), limits);
  Send();
  EXPECT_EQ(Export().wrong_guesses().at("password_reset"), 1) << "no new budget";
}

// Of all keys, names and values, those that a recipient's hash reaches.
TEST_F(RecipientDataTest, LeavesOnlyWhatIsSaidToStay) {
  const v1::Verification sent = Send();
  Check(Guess(sent.id(), Other(CodeIn(sent.message_id()))));
  Suppress();
  Forget();
  const Person person = PersonOf(*ParseMailbox("ana@example.com"), "acme",
                                 world_.shared.hash_key.Reveal(), store_->keys().shards());
  const std::set<std::string> stay = {
      store_->keys().Recipient(person.shard, person.bucket_hash),  // Its limits.
      store_->keys().Suppression(person.shard, "acme", person.mailbox_hash),
      store_->keys().Suppressions(person.shard, "acme"),
      store_->keys().Limit(person.shard, FailureKeyOf(person, "acme", "password_reset",
                                                      world_.shared.hash_key.Reveal()))};
  const std::string in_names = store_->keys().Recipient(person.shard, person.mailbox_hash);
  const std::string name = in_names.substr(in_names.rfind(':') + 1);
  for (const auto& [key, value] : Dump()) {
    const bool reached = key.find(name) != std::string::npos ||
                         value.find(name) != std::string::npos ||
                         value.find(person.mailbox_hash) != std::string::npos ||
                         value.find(sent.message_id().substr(1)) != std::string::npos;
    const bool tells_change = key == store_->keys().Events(person.shard);
    EXPECT_TRUE(!reached || tells_change || stay.contains(key)) << key;
  }
  EXPECT_EQ(Export().suppression().masked_recipient(), "");
}

TEST_F(RecipientDataTest, IsEachTenantsOwn) {
  const v1::Verification sent = Send();
  EXPECT_EQ(Export("ana@example.com", "globex").messages_size(), 0);
  EXPECT_EQ(Forget("ana@example.com", "globex").messages(), 0);
  EXPECT_EQ(Result(sent.id(), CodeIn(sent.message_id())),
            v1::CheckVerificationCodeResponse::MATCHED);
}

TEST_F(RecipientDataTest, NamesWhatIsWrong) {
  v1::ForgetRecipientRequest forget;
  forget.set_recipient("ana");
  v1::ForgetRecipientResponse forgotten;
  EXPECT_EQ(FieldsOf(Ask(HandleForgetRecipient, forget, forgotten).status),
            (std::vector<std::string>{"recipient", "reason"}));
  v1::ExportRecipientRequest ask;
  ask.set_recipient("ana");
  ask.set_page_size(51);
  ask.set_page_token("x");
  v1::ExportRecipientResponse known;
  EXPECT_EQ(FieldsOf(Ask(HandleExportRecipient, ask, known).status),
            (std::vector<std::string>{"recipient", "page_size", "page_token"}));
}

}  // namespace
}  // namespace posthaste::api
