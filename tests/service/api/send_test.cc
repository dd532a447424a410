// Sends of codes, through their handlers, on a real Redis.
#include "service/api/send.h"

#include "absl/strings/str_cat.h"
#include "base/encoding.h"
#include "templates/engine/marks.h"
#include "tests/service/api/store_fixture.h"
#include "tests/support/pictures.h"
#include "tests/support/temp.h"

namespace posthaste::api {
namespace {

using testing::HasSubstr;
using testing::Not;

using SendTest = StoreTest;

TEST_F(SendTest, TakesACodeAndTellsItsVerification) {
  const v1::Verification verification = Send();
  EXPECT_TRUE(verification.created());
  EXPECT_EQ(verification.state(), v1::Verification::PENDING);
  EXPECT_EQ(verification.message_state(), v1::Message::QUEUED);
  EXPECT_EQ(verification.masked_recipient(), "a***@example.com");
  EXPECT_EQ(verification.guesses_remaining(), 5);
  EXPECT_EQ(verification.sends_remaining(), 4);
  EXPECT_EQ(verification.generation(), 1);
  EXPECT_EQ(verification.expire_time().seconds() - verification.create_time().seconds(), 600);
  const queue::Record record = Stored(verification.message_id());
  EXPECT_EQ(record.head.mail_class, queue::MailClass::kCode);
  EXPECT_EQ(record.head.generation, 1);
  EXPECT_EQ(record.facts.verification_id(), verification.id());
  EXPECT_EQ(record.facts.purpose(), "password_reset");
  EXPECT_EQ(record.head.deadline_ms / 1000, verification.expire_time().seconds());
}

TEST_F(SendTest, KeepsNeitherAddressNorCodeInTheClear) {
  v1::SendVerificationCodeRequest request = Code();
  request.set_custom_code("918273");
  request.set_subject_id("subject-canary");
  request.mutable_client_context()->set_ip_address("192.0.2.77");
  const v1::Verification verification = Send(request);
  EXPECT_EQ(CodeIn(verification.message_id()), "918273");
  for (const auto& [key, value] : Dump()) {
    for (const char* canary : {"ana@", "918273", "subject-canary", "192.0.2.77"}) {
      EXPECT_THAT(key + value, Not(HasSubstr(canary))) << key;
    }
  }
}

TEST_F(SendTest, TakesOneRequestIdForEachRecipientMethodAndTenant) {
  v1::SendVerificationCodeRequest request = Code();
  request.set_request_id("r1");
  const v1::Verification first = Send(request);
  EXPECT_NE(Send(request, "globex").id(), first.id());
  request.set_recipient("bob@example.com");
  EXPECT_NE(Send(request).id(), first.id());
  v1::SendPasswordChangedRequest notice;
  notice.set_recipient("ana@example.com");
  notice.set_request_id("r1");
  v1::Message message;
  EXPECT_TRUE(Ask(HandleSendPasswordChanged, notice, message).status.ok());
}

TEST_F(SendTest, WithdrawsTheSealOfTheOlderMail) {
  const v1::Verification first = Send();
  MoveClock(absl::Seconds(31));
  Send();
  EXPECT_TRUE(Stored(first.message_id()).sealed.empty());
}

TEST_F(SendTest, SupersedesWhenForced) {
  const v1::Verification first = Send();
  const std::string code = CodeIn(first.message_id());
  v1::SendVerificationCodeRequest request = Code();
  request.set_force_new(true);
  const v1::Verification second = Send(request);
  EXPECT_TRUE(second.created());
  EXPECT_NE(second.id(), first.id());
  EXPECT_EQ(Result(first.id(), code), v1::CheckVerificationCodeResponse::STALE_CODE);
  EXPECT_EQ(Result(second.id(), CodeIn(second.message_id())),
            v1::CheckVerificationCodeResponse::MATCHED);
}

TEST_F(SendTest, StopsAtTheSendsOfThePolicy) {
  Send();
  for (int i = 2; i <= 5; ++i) {
    MoveClock(absl::Seconds(121));
    Send();
  }
  MoveClock(absl::Seconds(100));
  EXPECT_EQ(Verdict(Refused()), "FAILED_PRECONDITION MAX_SENDS_REACHED");
}

TEST_F(SendTest, ValidatesWithoutStoringAnything) {
  v1::SendVerificationCodeRequest request = Code();
  request.set_validate_only(true);
  request.set_request_id("r1");
  request.mutable_client_context()->set_ip_address("192.0.2.1");
  const auto before = Dump();
  EXPECT_EQ(Send(request).id(), "");
  EXPECT_EQ(Dump(), before);
  request.set_validate_only(false);
  EXPECT_TRUE(Send(request).created()) << "the id was not used up";
}

TEST_F(SendTest, SealsTheNameAndAddressOfItsRecipient) {
  v1::SendVerificationCodeRequest request = Code();
  request.set_recipient_name("Ana");
  const store::v1::Mail mail = Opened(Send(request).message_id());
  EXPECT_EQ(mail.to_mailbox(), "ana@example.com");
  EXPECT_EQ(mail.to_name(), "Ana");
}

// Long codes: no colour and no date of a mail is one by chance.
class SealedMessage : public StoreTest {
 protected:
  SealedMessage()
      : StoreTest([](config::v1::Config& config) { config.mutable_codes()->set_length(10); }) {}
};

TEST_F(SealedMessage, HoldsNoCode) {
  int mails = 0;
  for (const char* locale : {"ar", "de", "en", "es", "fr", "ja", "pt"}) {
    for (const char* purpose : {"password_reset", "email_verification", "sign_in", "payment"}) {
      v1::SendVerificationCodeRequest request = Code();
      request.set_recipient(absl::StrCat("ana", ++mails, "@example.com"));
      request.set_purpose(purpose);
      request.set_locale(locale);
      const std::string id = Send(request).message_id();
      const std::string code = CodeIn(id);
      ASSERT_EQ(code.size(), 10u);
      const store::v1::Mail mail = Opened(id);
      EXPECT_EQ(mail.locale(), locale);
      for (const std::string& written : {code, templates::GroupedCode(code), Base64(code)}) {
        EXPECT_THAT(mail.SerializeAsString(), Not(HasSubstr(written))) << locale << " " << purpose;
      }
      EXPECT_THAT(templates::FillCode(mail.text(), code), HasSubstr(code))
          << "nor could it be sent";
      EXPECT_THAT(templates::FillCode(mail.html(), code), HasSubstr(code));
    }
  }
}

// With a logo of 20 KiB that nothing compresses.
class SendWithLogo : public StoreTest {
 protected:
  SendWithLogo()
      : StoreTest([](config::v1::Config& config) {
          static const TempDir dir;
          config.mutable_tenants(0)->mutable_brand()->set_logo_file(
              dir.Write("logo.png", PngOf(300, 80, 20 << 10)));
        }) {}
};

TEST_F(SendWithLogo, StoresTheLogoOnceAndNotWithEachCode) {
  for (int n = 0; n < 3; ++n) {
    v1::SendVerificationCodeRequest request = Code();
    request.set_recipient(absl::StrCat("ana", n, "@example.com"));
    const std::string id = Send(request).message_id();
    EXPECT_LT(queue::Encode(Stored(id), id).size(), 1024u);
    EXPECT_FALSE(queue::HasAttachments(Stored(id).head)) << "any worker takes it";
    EXPECT_EQ(Opened(id).logo().content(), PngOf(300, 80, 20 << 10));
  }
}

class LimitedSendTest : public StoreTest {
 protected:
  LimitedSendTest()
      : StoreTest([](config::v1::Config& config) {
          config.mutable_limits()->set_sends_per_recipient_hour(2);
          config.mutable_limits()->set_sends_per_client_hour(3);
          config.mutable_limits()->set_queued_per_tenant(80);
        }) {}

  static v1::SendVerificationCodeRequest To(const std::string& recipient,
                                            const std::string& ip = "") {
    v1::SendVerificationCodeRequest request = Code();
    request.set_recipient(recipient);
    request.set_force_new(true);
    if (!ip.empty()) request.mutable_client_context()->set_ip_address(ip);
    return request;
  }
};

TEST_F(LimitedSendTest, LimitsARecipientWhateverItsTag) {
  Send(To("ana@example.com"));
  Send(To("ana+1@example.com"));
  const auto before = Dump();
  const absl::Status status = Refused(To("ana+2@example.com"));
  EXPECT_EQ(Verdict(status), "RESOURCE_EXHAUSTED RECIPIENT_SEND_LIMIT");
  EXPECT_EQ(DetailOf<google::rpc::QuotaFailure>(status).violations(0).subject(), "recipient_hour");
  EXPECT_EQ(Dump().size(), before.size());
  const absl::Duration wait = RetryDelayOf(status);
  EXPECT_GT(wait, absl::Minutes(28));
  EXPECT_LE(wait, absl::Minutes(30));
  MoveClock(wait - absl::Minutes(2));
  EXPECT_EQ(ReasonOf(Refused(To("ana@example.com"))), "RECIPIENT_SEND_LIMIT");
  MoveClock(absl::Minutes(2));
  Send(To("ana@example.com"));
}

TEST_F(LimitedSendTest, LetsNoticesThroughWhenCodesHaveUsedUpTheirs) {
  Send(To("ana@example.com"));
  Send(To("ana@example.com"));
  EXPECT_EQ(ReasonOf(Refused(To("ana@example.com"))), "RECIPIENT_SEND_LIMIT");
  v1::SendPasswordChangedRequest notice;
  notice.set_recipient("ana@example.com");
  v1::Message message;
  EXPECT_EQ(Verdict(Ask(HandleSendPasswordChanged, notice, message).status), "OK");
}

TEST_F(LimitedSendTest, LimitsAClientByItsNetwork) {
  for (int i = 0; i < 3; ++i)
    Send(To("u" + std::to_string(i) + "@example.com", "2001:db8::" + std::to_string(i + 1)));
  const absl::Status status = Refused(To("u4@example.com", "2001:db8::9"));
  EXPECT_EQ(Verdict(status), "RESOURCE_EXHAUSTED CLIENT_LIMIT");
  EXPECT_EQ(DetailOf<google::rpc::QuotaFailure>(status).violations(0).subject(), "client_hour");
  const absl::Duration wait = RetryDelayOf(status);
  EXPECT_GT(wait, absl::Minutes(18));
  EXPECT_LE(wait, absl::Minutes(20));
  Send(To("u4@example.com", "2001:db8:1::9"));
  Send(To("u5@example.com"));
  MoveClock(wait);
  Send(To("u6@example.com", "2001:db8::9"));
}

TEST_F(LimitedSendTest, BoundsTheQueueOfATenantEvenBelowOneEachShard) {
  v1::SendPasswordChangedRequest request;
  std::string status;
  for (int i = 0; i < 200 && status != "RESOURCE_EXHAUSTED QUEUE_FULL"; ++i) {
    request.set_recipient("u" + std::to_string(i) + "@example.com");
    v1::Message message;
    status = Verdict(Ask(HandleSendPasswordChanged, request, message).status);
  }
  EXPECT_EQ(status, "RESOURCE_EXHAUSTED QUEUE_FULL");
}

class AwayTest : public StoreTest {};

TEST_F(AwayTest, AnswersUnavailableWhileRedisIsAwayAndWorksAgainAfterwards) {
  const v1::Verification verification = Send();
  const std::string code = CodeIn(verification.message_id());
  Server().Call({"SAVE"});
  Server().Stop();
  const absl::Status status = Refused();
  EXPECT_EQ(Verdict(status), "UNAVAILABLE STORE_UNAVAILABLE");
  EXPECT_GT(RetryDelayOf(status), absl::ZeroDuration());
  v1::CheckVerificationCodeResponse response;
  EXPECT_EQ(
      Verdict(Ask(HandleCheckVerificationCode, Guess(verification.id(), code), response).status),
      "UNAVAILABLE STORE_UNAVAILABLE");
  v1::Message message;
  v1::GetMessageRequest get;
  get.set_id(verification.message_id());
  EXPECT_EQ(Verdict(Ask(HandleGetMessage, get, message).status), "UNAVAILABLE STORE_UNAVAILABLE");
  Server().Restart();
  ASSERT_TRUE(Run(store_->client().WaitReady(absl::Seconds(30))).ok());
  EXPECT_EQ(Result(verification.id(), code), v1::CheckVerificationCodeResponse::MATCHED);
  EXPECT_TRUE(Send().created());
}

TEST_F(SendTest, StoresNothingOfWhatAKeyIsTooNarrowFor) {
  const auto before = Dump();
  senders_ = {"billing"};
  EXPECT_EQ(Verdict(Refused()), "PERMISSION_DENIED SENDER_DENIED");
  v1::SendTemplateRequest request;
  request.set_recipient("ana@example.com");
  request.set_template_name("greeting");
  (*request.mutable_variables()->mutable_fields())["name"].set_string_value("Ana");
  v1::Message message;
  EXPECT_EQ(Verdict(Ask(HandleSendTemplate, request, message).status),
            "PERMISSION_DENIED SENDER_DENIED");
  EXPECT_EQ(Dump(), before);
  request.set_sender("billing");
  EXPECT_EQ(Verdict(Ask(HandleSendTemplate, request, message).status), "OK");
}

v1::SendTemplateRequest Report() {
  v1::SendTemplateRequest request;
  request.set_recipient("ana@example.com");
  request.set_template_name("report");
  request.set_request_id("report-7");
  v1::Attachment& chart = *request.add_attachments();
  chart.set_filename("chart.png");
  chart.set_content_type("image/png");
  chart.set_content(std::string("\x89PNG\0\xFF", 6));
  chart.set_content_id("chart");
  return request;
}

TEST_F(SendTest, SealsAttachmentsBesideTheMailAndBindsThemToIt) {
  v1::SendTemplateRequest request = Report();
  v1::Message message;
  ASSERT_EQ(Verdict(Ask(HandleSendTemplate, request, message).status), "OK");
  const std::string id = message.id();
  const int shard = queue::ParseId('m', id, store_->keys().shards()).value();
  const queue::Record record = Stored(id);
  EXPECT_TRUE(queue::HasAttachments(record.head));
  const std::string sealed = Run(store_->Attachments(shard, id)).value();
  EXPECT_EQ(sealed.find("PNG"), std::string::npos);
  const auto opened = queue::OpenAttachments(
      sealed, queue::BindingOf(record.facts, id, record.head.mail_class, record.head.deadline_ms),
      world_.shared.seal_keys, Opened(id));
  ASSERT_TRUE(opened.ok()) << opened.status();
  ASSERT_EQ(opened->files_size(), 1);
  EXPECT_EQ(opened->files(0).content(), request.attachments(0).content());
  EXPECT_EQ(opened->files(0).content_id(), "chart");
  // They are part of what the id repeats.
  EXPECT_TRUE(Ask(HandleSendTemplate, request, message).replay);
  request.mutable_attachments(0)->set_content("another");
  EXPECT_EQ(Verdict(Ask(HandleSendTemplate, request, message).status),
            "ALREADY_EXISTS REQUEST_ID_REUSED");
}

TEST_F(SendTest, StoresNothingOfAttachmentsThatAreRefused) {
  const auto before = Dump();
  v1::SendTemplateRequest request = Report();
  request.mutable_attachments(0)->set_filename("chart.exe");
  v1::Message message;
  EXPECT_EQ(FirstWrong(Ask(HandleSendTemplate, request, message).status),
            "attachments[0].filename FIELD_INVALID");
  request = Report();
  request.set_validate_only(true);
  EXPECT_EQ(Verdict(Ask(HandleSendTemplate, request, message).status), "OK");
  EXPECT_EQ(Dump(), before);
}

TEST_F(SendTest, RefusesACodeThatWouldWaitTooLongForAWorkerAndStoresNothing) {
  Send();
  MoveClock(absl::Minutes(9) + absl::Seconds(20));
  ASSERT_TRUE(Run(store_->code_waits().Refresh()).ok());  // As each loop does every second.
  const auto before = Dump();
  v1::SendVerificationCodeRequest request = Code();  // The same person, so the same shard.
  request.set_purpose("email_verification");
  const absl::Status refused = Refused(request);
  EXPECT_EQ(Verdict(refused), "RESOURCE_EXHAUSTED DEADLINE_UNREACHABLE");
  EXPECT_EQ(DetailOf<google::rpc::QuotaFailure>(refused).violations(0).subject(), "code_wait");
  EXPECT_GE(RetryDelayOf(refused), absl::Seconds(20));
  EXPECT_LT(RetryDelayOf(refused), absl::Seconds(60));
  EXPECT_EQ(Dump(), before);
}

}  // namespace
}  // namespace posthaste::api
