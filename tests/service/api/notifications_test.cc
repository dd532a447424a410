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
  static v1::SendEmailChangedRequest Moved() {
    v1::SendEmailChangedRequest request;
    request.set_old_recipient("ana@example.com");
    request.set_new_recipient("bea@example.net");
    request.set_request_id("r1");
    return request;
  }
  Answer Move(const v1::SendEmailChangedRequest& request) {
    return Ask(HandleSendEmailChanged, request, moved_);
  }
  static absl::StatusCode CodeOf(const v1::SendResult& result) {
    return static_cast<absl::StatusCode>(result.error().code());
  }
  Answer Greet(const v1::SendTemplateRequest& request) {
    return Ask(HandleSendTemplate, request, message_);
  }

  std::string SuppressionOf(const std::string& address) const {
    const Person person =
        PersonOf(*ParseMailbox(address), "acme", kHashKey, store_->keys().shards());
    return store_->keys().Suppression(person.shard, "acme", person.mailbox_hash);
  }
  void Suppress(const std::string& address) { Server().Call({"SET", SuppressionOf(address), "x"}); }

  v1::Message message_;
  v1::SendEmailChangedResponse moved_;
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

TEST_F(NotificationsTest, TellTheOldAndTheNewAddressOfAChange) {
  ASSERT_EQ(Verdict(Move(Moved()).status), "OK");
  const v1::Message before = moved_.old_recipient().message();
  const v1::Message after = moved_.new_recipient().message();
  EXPECT_EQ(before.template_name(), "email_changed_old");
  EXPECT_EQ(after.template_name(), "email_changed_new");
  EXPECT_EQ(Opened(before.id()).to_mailbox(), "ana@example.com");
  EXPECT_EQ(Opened(after.id()).to_mailbox(), "bea@example.net");
  EXPECT_THAT(Opened(before.id()).text(), HasSubstr("b***@example.net"));
  const Answer again = Move(Moved());
  ASSERT_TRUE(again.status.ok());
  EXPECT_TRUE(again.replay);
  EXPECT_EQ(moved_.old_recipient().message().id(), before.id());
  EXPECT_EQ(moved_.new_recipient().message().id(), after.id());
  EXPECT_TRUE(moved_.new_recipient().replay());
}

TEST_F(NotificationsTest, AnswerForEachAddressOfAChange) {
  Suppress("ana@example.com");
  ASSERT_EQ(Verdict(Move(Moved()).status), "OK");
  EXPECT_EQ(CodeOf(moved_.old_recipient()), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(moved_.old_recipient().has_message());
  EXPECT_FALSE(moved_.new_recipient().has_error());
  const std::string taken = moved_.new_recipient().message().id();
  Server().Call({"DEL", SuppressionOf("ana@example.com")});
  const Answer again = Move(Moved());
  ASSERT_EQ(Verdict(again.status), "OK");
  EXPECT_FALSE(again.replay) << "only what was not taken is sent";
  EXPECT_FALSE(moved_.old_recipient().replay());
  EXPECT_FALSE(moved_.old_recipient().has_error());
  EXPECT_TRUE(moved_.new_recipient().replay());
  EXPECT_EQ(moved_.new_recipient().message().id(), taken);
}

TEST_F(NotificationsTest, RefuseAChangeThatNobodyWouldHearOf) {
  Suppress("ana@example.com");
  Suppress("bea@example.net");
  EXPECT_EQ(Verdict(Move(Moved()).status), "FAILED_PRECONDITION RECIPIENT_SUPPRESSED");
  EXPECT_EQ(moved_.ByteSizeLong(), 0u);
}

TEST_F(NotificationsTest, SayThatSomebodySignedInAndThatAFactorWasChanged) {
  v1::SendNewSignInRequest signed_in;
  signed_in.set_recipient("ana@example.com");
  signed_in.mutable_client_context()->set_device_label("Firefox on Linux");
  ASSERT_EQ(Verdict(Ask(HandleSendNewSignIn, signed_in, message_).status), "OK");
  EXPECT_EQ(message_.mail_class(), v1::NOTICE);
  EXPECT_THAT(Opened(message_.id()).text(), HasSubstr("Firefox on Linux"));
  v1::SendMfaChangedRequest changed;
  changed.set_recipient("ana@example.com");
  changed.set_change(v1::SendMfaChangedRequest::DISABLED);
  changed.set_not_me_url("https://acme.test/not-me");
  ASSERT_EQ(Verdict(Ask(HandleSendMfaChanged, changed, message_).status), "OK");
  EXPECT_EQ(message_.template_name(), "mfa_changed");
  EXPECT_THAT(Opened(message_.id()).text(), HasSubstr("https://acme.test/not-me"));
}

TEST_F(NotificationsTest, WaitForTheirTimeAndCanBeCancelledUntilThen) {
  const absl::Time now = store_->clock().Now();
  v1::SendTemplateRequest request = Greeting();
  request.set_request_id("r1");
  request.mutable_send_time()->set_seconds(absl::ToUnixSeconds(now) + 3600);
  request.mutable_ttl()->set_seconds(600);
  ASSERT_EQ(Verdict(Greet(request).status), "OK");
  const v1::Message first = message_;
  EXPECT_EQ(first.state(), v1::Message::QUEUED);
  EXPECT_EQ(first.next_attempt_time().seconds(), request.send_time().seconds());
  EXPECT_EQ(first.deadline().seconds(), request.send_time().seconds() + 600);
  ASSERT_TRUE(Greet(request).status.ok());
  EXPECT_EQ(message_.SerializeAsString(), first.SerializeAsString());
  const auto claim = [&] {
    const int shard = queue::ParseId('m', first.id(), store_->keys().shards()).value();
    return Run(store_->leases().Claim(shard, queue::MailClass::kGeneral, 8, true, false))
        .value()
        .jobs.size();
  };
  EXPECT_EQ(claim(), 0u) << "before its time";
  v1::CancelMessageRequest cancel;
  cancel.set_id(first.id());
  ASSERT_TRUE(Ask(HandleCancelMessage, cancel, message_).status.ok());
  EXPECT_EQ(message_.state(), v1::Message::CANCELLED);
  MoveClock(absl::Seconds(3601));
  EXPECT_EQ(claim(), 0u) << "it was withdrawn";
  request = Greeting();
  request.mutable_send_time()->set_seconds(absl::ToUnixSeconds(store_->clock().Now()) + 3600);
  ASSERT_EQ(Verdict(Greet(request).status), "OK");
  MoveClock(absl::Seconds(3601));
  EXPECT_EQ(claim(), 1u) << "when its time has come";
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
