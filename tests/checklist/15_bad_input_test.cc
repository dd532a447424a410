// Checklist 15: wrong input is refused by the name of its field and leaves no trace: it is answered
// before anything is counted or stored.
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

class BadInputTest : public StoreTest {
 protected:
  BadInputTest()
      : StoreTest([](config::v1::Config& config) { config.mutable_codes()->set_length(8); }) {}

  // The handler refuses each, names the field, and Redis holds what it held.
  template <typename Request, typename Response>
  void ExpectNoTrace(
      Task<absl::Status> (*handle)(Call&, const Request&, Response&), const Request& good,
      const std::vector<std::pair<std::string, std::function<void(Request&)>>>& table) {
    const auto before = Dump();
    for (const auto& [field, edit] : table) {
      Request request = good;
      edit(request);
      Response response;
      const absl::Status status = Ask(handle, request, response).status;
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << field << ": " << status;
      EXPECT_THAT(FieldsOf(status), testing::Contains(field));
      EXPECT_EQ(response.ByteSizeLong(), 0u) << field;
    }
    EXPECT_EQ(Dump(), before);
  }
};

TEST_F(BadInputTest, OfASendOfACode) {
  using Request = v1::SendVerificationCodeRequest;
  Request good = Code();
  good.set_request_id("r1");
  good.mutable_client_context()->set_ip_address("192.0.2.1");
  ExpectNoTrace<Request, v1::Verification>(
      HandleSendVerificationCode, good,
      {{"recipient", [](Request& r) { r.set_recipient("ana"); }},
       {"purpose", [](Request& r) { r.set_purpose("Password Reset"); }},
       {"ttl", [](Request& r) { r.mutable_ttl()->set_seconds(1); }},
       {"code_length", [](Request& r) { r.set_code_length(3); }},
       {"code_length", [](Request& r) { r.set_code_length(7); }},  // Less than is configured here.
       {"custom_code", [](Request& r) { r.set_custom_code("123456"); }},
       {"sender", [](Request& r) { r.set_sender("nobody"); }},
       {"locale", [](Request& r) { r.set_locale("e"); }},
       {"time_zone", [](Request& r) { r.set_time_zone("Mars"); }},
       {"recipient_name", [](Request& r) { r.set_recipient_name("a\r\nBcc: b@example.com"); }},
       {"variables.nothing",
        [](Request& r) {
          (*r.mutable_variables()->mutable_fields())["nothing"].set_bool_value(true);
        }},
       {"variables.code",
        [](Request& r) {
          (*r.mutable_variables()->mutable_fields())["code"].set_string_value("1");
        }},
       {"binding", [](Request& r) { (*r.mutable_binding())[""] = "x"; }},
       {"client_context.ip_address",
        [](Request& r) { r.mutable_client_context()->set_ip_address("x"); }}});
}

TEST_F(BadInputTest, OfAResend) {
  using Request = v1::ResendVerificationCodeRequest;
  Request good;
  good.set_recipient("ana@example.com");
  good.set_verification_id(Send().id());
  good.mutable_client_context()->set_ip_address("192.0.2.1");
  MoveClock(absl::Seconds(31));
  ExpectNoTrace<Request, v1::Verification>(
      HandleResendVerificationCode, good,
      {{"verification_id", [](Request& r) { r.set_verification_id("x"); }},
       {"recipient", [](Request& r) { r.clear_recipient(); }},
       {"custom_code", [](Request& r) { r.set_custom_code("12345a78"); }},
       {"custom_code", [](Request& r) { r.set_custom_code("123456"); }}});
}

TEST_F(BadInputTest, OfACheck) {
  using Request = v1::CheckVerificationCodeRequest;
  const Request good = Guess(Send().id(), "12345678");
  ExpectNoTrace<Request, v1::CheckVerificationCodeResponse>(
      HandleCheckVerificationCode, good,
      {{"code", [](Request& r) { r.clear_code(); }},
       {"code", [](Request& r) { r.set_code(std::string(65, '1')); }},
       {"verification_id",
        [](Request& r) { r.set_verification_id("m" + r.verification_id().substr(1)); }},
       {"verification_id", [](Request& r) { r.set_recipient("ana@example.com"); }},
       {"verification_id", [](Request& r) { r.clear_verification_id(); }},
       {"purpose",
        [](Request& r) { r.clear_verification_id(), r.set_recipient("ana@example.com"); }},
       {"recipient",
        [](Request& r) { r.clear_verification_id(), r.set_recipient("ana"), r.set_purpose("a"); }},
       {"purpose", [](Request& r) { r.set_purpose("A"); }},
       {"binding", [](Request& r) { (*r.mutable_binding())[""] = "x"; }},
       {"subject_id", [](Request& r) { r.set_subject_id("a\nb"); }},
       {"request_id", [](Request& r) { r.set_request_id(std::string(129, 'r')); }}});
}

TEST_F(BadInputTest, OfANoticeAndATemplate) {
  using Changed = v1::SendPasswordChangedRequest;
  Changed changed;
  changed.set_recipient("ana@example.com");
  ExpectNoTrace<Changed, v1::Message>(
      HandleSendPasswordChanged, changed,
      {{"recipient", [](Changed& r) { r.clear_recipient(); }},
       {"not_me_url", [](Changed& r) { r.set_not_me_url("http://x.test"); }},
       {"change_time", [](Changed& r) { r.mutable_change_time()->set_nanos(-1); }},
       {"account_label", [](Changed& r) { r.set_account_label("a\nb"); }}});
  using Template = v1::SendTemplateRequest;
  Template general;
  general.set_recipient("ana@example.com");
  general.set_template_name("greeting");
  ExpectNoTrace<Template, v1::Message>(
      HandleSendTemplate, general,
      {{"variables.name", [](Template&) {}},
       {"template_name", [](Template& r) { r.clear_template_name(); }},
       {"ttl", [](Template& r) { r.mutable_ttl()->set_seconds(-1); }},
       {"send_time", [](Template& r) { r.mutable_send_time()->set_seconds(253402300799); }},
       {"supersede_key", [](Template& r) { r.set_supersede_key("a\nb"); }}});
}

TEST_F(BadInputTest, OfTheOtherNotices) {
  using Moved = v1::SendEmailChangedRequest;
  Moved moved;
  moved.set_old_recipient("ana@example.com");
  moved.set_new_recipient("bea@example.com");
  ExpectNoTrace<Moved, v1::SendEmailChangedResponse>(
      HandleSendEmailChanged, moved,
      {{"old_recipient", [](Moved& r) { r.set_old_recipient("ana"); }},
       {"new_recipient", [](Moved& r) { r.clear_new_recipient(); }},
       {"new_recipient", [](Moved& r) { r.set_new_recipient("ana@example.com"); }}});
  using SignedIn = v1::SendNewSignInRequest;
  SignedIn signed_in;
  signed_in.set_recipient("ana@example.com");
  ExpectNoTrace<SignedIn, v1::Message>(
      HandleSendNewSignIn, signed_in,
      {{"not_me_url", [](SignedIn& r) { r.set_not_me_url("http://x.test"); }}});
  using Secured = v1::SendMfaChangedRequest;
  Secured secured;
  secured.set_recipient("ana@example.com");
  ExpectNoTrace<Secured, v1::Message>(HandleSendMfaChanged, secured, {{"change", [](Secured&) {}}});
}

TEST_F(BadInputTest, OfQuestionsAboutMessagesAndVerifications) {
  using List = v1::ListMessagesRequest;
  List list;
  list.set_recipient("ana@example.com");
  ExpectNoTrace<List, v1::ListMessagesResponse>(
      HandleListMessages, list,
      {{"recipient", [](List& r) { r.clear_recipient(); }},
       {"recipient", [](List& r) { r.set_state(v1::Message::QUEUED); }},
       {"recipient", [](List& r) { r.set_recipient("ana"); }},
       {"state", [](List& r) { r.clear_recipient(), r.set_state(v1::Message::ACCEPTED); }},
       {"state",
        [](List& r) { r.clear_recipient(), r.set_state(static_cast<v1::Message::State>(99)); }},
       {"page_size", [](List& r) { r.set_page_size(-1); }},
       {"page_size", [](List& r) { r.set_page_size(201); }},
       {"page_token", [](List& r) { r.set_page_token("x"); }}});
  using GetMessage = v1::GetMessageRequest;
  ExpectNoTrace<GetMessage, v1::Message>(
      HandleGetMessage, {},
      {{"id", [](GetMessage&) {}}, {"id", [](GetMessage& r) { r.set_id("x"); }}});
  using Attempts = v1::ListAttemptsRequest;
  ExpectNoTrace<Attempts, v1::ListAttemptsResponse>(HandleListAttempts, {},
                                                    {{"id", [](Attempts& r) { r.set_id("v"); }}});
  using Cancel = v1::CancelMessageRequest;
  ExpectNoTrace<Cancel, v1::Message>(HandleCancelMessage, {}, {{"id", [](Cancel&) {}}});
  using CancelVerification = v1::CancelVerificationRequest;
  ExpectNoTrace<CancelVerification, v1::Verification>(
      HandleCancelVerification, {}, {{"verification_id", [](CancelVerification&) {}}});
  using Get = v1::GetVerificationRequest;
  ExpectNoTrace<Get, v1::Verification>(
      HandleGetVerification, {}, {{"verification_id", [](Get& r) { r.set_verification_id("m"); }}});
}

}  // namespace
}  // namespace posthaste::api
