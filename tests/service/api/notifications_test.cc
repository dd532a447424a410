// Notices and general mail, through their handlers, on a real Redis.
#include "service/api/notifications.h"

#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

using testing::HasSubstr;

class NotificationsTest : public StoreTest {
 protected:
  static v1::SendPasswordChangedRequest Changed() {
    v1::SendPasswordChangedRequest request;
    request.set_recipient("ana@example.com");
    return request;
  }
  static v1::SendTemplateRequest Greeting() {
    v1::SendTemplateRequest request;
    request.set_recipient("ana@example.com");
    request.set_template_name("greeting");
    (*request.mutable_variables()->mutable_fields())["name"].set_string_value("Ana");
    return request;
  }
  Answer Notify(const v1::SendPasswordChangedRequest& request, const std::string& tenant = "acme") {
    return Ask(HandleSendPasswordChanged, request, message_, tenant);
  }
  Answer Greet(const v1::SendTemplateRequest& request) {
    return Ask(HandleSendTemplate, request, message_);
  }

  void Suppress(const std::string& address) {
    const Person person =
        PersonOf(*ParseMailbox(address), "acme", kHashKey, store_->keys().shards());
    Server().Call(
        {"SET", store_->keys().Suppression(person.shard, "acme", person.mailbox_hash), "x"});
  }

  v1::Message message_;
};

TEST_F(NotificationsTest, TakeANoticeAndTellItsMessage) {
  v1::SendPasswordChangedRequest request = Changed();
  (*request.mutable_labels())["flow"] = "settings";
  request.set_account_label("ana");
  ASSERT_EQ(Verdict(Notify(request).status), "OK");
  EXPECT_EQ(message_.state(), v1::Message::QUEUED);
  EXPECT_EQ(message_.mail_class(), v1::NOTICE);
  EXPECT_EQ(message_.template_name(), "password_changed");
  EXPECT_EQ(message_.template_revision().size(), 12u);
  EXPECT_EQ(message_.masked_recipient(), "a***@example.com");
  EXPECT_EQ(message_.labels().at("flow"), "settings");
  EXPECT_EQ(message_.deadline().seconds() - message_.create_time().seconds(), 72 * 3600);
  EXPECT_EQ(message_.verification_id(), "");
  const store::v1::Mail mail = Opened(message_.id());
  EXPECT_THAT(mail.text(), HasSubstr("Account: ana"));
  EXPECT_FALSE(mail.has_code());
}

TEST_F(NotificationsTest, AnswerARepeatedRequestWithTheSameMessage) {
  v1::SendPasswordChangedRequest request = Changed();
  request.set_request_id("r1");
  ASSERT_TRUE(Notify(request).status.ok());
  const v1::Message first = message_;
  const Answer again = Notify(request);
  ASSERT_TRUE(again.status.ok());
  EXPECT_TRUE(again.replay);
  EXPECT_EQ(message_.SerializeAsString(), first.SerializeAsString());
  request.set_account_label("other");
  EXPECT_EQ(Verdict(Notify(request).status), "ALREADY_EXISTS REQUEST_ID_REUSED");
  ASSERT_TRUE(Notify(request, "globex").status.ok());
  EXPECT_NE(message_.id(), first.id());
}

TEST_F(NotificationsTest, AreNotSentToWhoIsSuppressed) {
  Suppress("ana@example.com");
  const auto before = Dump();
  EXPECT_EQ(Verdict(Notify(Changed()).status), "FAILED_PRECONDITION RECIPIENT_SUPPRESSED");
  EXPECT_EQ(Verdict(Greet(Greeting()).status), "FAILED_PRECONDITION RECIPIENT_SUPPRESSED");
  v1::SendPasswordChangedRequest request = Changed();
  request.set_validate_only(true);
  EXPECT_EQ(Verdict(Notify(request).status), "FAILED_PRECONDITION RECIPIENT_SUPPRESSED");
  for (const auto& [key, value] : before) EXPECT_EQ(Server().Call({"DUMP", key}), value) << key;
  EXPECT_TRUE(Notify(Changed(), "globex").status.ok()) << "a list is one tenant's";
}

TEST_F(NotificationsTest, SendATemplateWithTheLifeThatWasAskedFor) {
  v1::SendTemplateRequest request = Greeting();
  request.mutable_ttl()->set_seconds(3600);
  ASSERT_EQ(Verdict(Greet(request).status), "OK");
  EXPECT_EQ(message_.mail_class(), v1::GENERAL);
  EXPECT_EQ(message_.deadline().seconds() - message_.create_time().seconds(), 3600);
  EXPECT_EQ(Opened(message_.id()).subject(), "Hello Ana");
}

TEST_F(NotificationsTest, SendOnlyTheNewestOfASupersedeKey) {
  v1::SendTemplateRequest request = Greeting();
  request.set_supersede_key("digest");
  ASSERT_TRUE(Greet(request).status.ok());
  const std::string first = message_.id();
  request.set_supersede_key("other");
  ASSERT_TRUE(Greet(request).status.ok());
  EXPECT_EQ(Stored(first).head.state, v1::Message::QUEUED);
  request.set_supersede_key("digest");
  ASSERT_TRUE(Greet(request).status.ok());
  EXPECT_EQ(Stored(first).head.state, v1::Message::SUPERSEDED);
}

TEST_F(NotificationsTest, ValidateWithoutStoringAnything) {
  v1::SendTemplateRequest request = Greeting();
  request.set_validate_only(true);
  const auto before = Dump();
  ASSERT_EQ(Verdict(Greet(request).status), "OK");
  EXPECT_EQ(message_.id(), "");
  EXPECT_EQ(Dump(), before);
}

}  // namespace
}  // namespace posthaste::api
