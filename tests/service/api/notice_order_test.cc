#include "service/api/notice_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/queue/record.h"
#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

using testing::Contains;
using testing::ElementsAre;

const OrderContext kNoticeContext{absl::FromUnixSeconds(1'800'000'000), kHashKey};
constexpr char kNoticeNow[] = "2027-01-15T08:00:00Z";

template <typename Request>
auto CheckNotice(const Request& request) {
  return CheckOrder(request, TheWorld().tenant(), kNoticeContext);
}
template <typename Request>
std::string WrongNotice(const Request& request) {
  return FirstWrong(CheckNotice(request).status());
}

v1::SendPasswordChangedRequest ChangedRequest() {
  v1::SendPasswordChangedRequest request;
  request.set_recipient("ana@example.com");
  return request;
}

v1::SendEmailChangedRequest MovedRequest() {
  v1::SendEmailChangedRequest request;
  request.set_old_recipient("ana@example.com");
  request.set_new_recipient("ana.maria@example.net");
  return request;
}

v1::SendNewSignInRequest SignedInRequest() {
  v1::SendNewSignInRequest request;
  request.set_recipient("ana@example.com");
  return request;
}

v1::SendMfaChangedRequest SecuredRequest() {
  v1::SendMfaChangedRequest request;
  request.set_recipient("ana@example.com");
  request.set_change(v1::SendMfaChangedRequest::METHOD_ADDED);
  request.set_method_label("Security key");
  return request;
}

std::string VariableOf(const SendOrder& order, const char* name) {
  const templates::Value* value = order.variables.Find(name);
  return value == nullptr || value->string() == nullptr ? "" : *value->string();
}

TEST(NoticeOrder, FillsAPasswordNoticeFromItsFields) {
  v1::SendPasswordChangedRequest request = ChangedRequest();
  request.set_account_label("ana");
  request.set_not_me_url("https://acme.test/not-me");
  request.set_support_contact("+1 555 0100");
  request.mutable_change_time()->set_seconds(1'700'000'000);
  request.mutable_client_context()->set_location_label("Lisbon");
  const absl::StatusOr<SendOrder> order = CheckNotice(request);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->mail->name(), "password_changed");
  EXPECT_EQ(order->ttl, absl::Hours(72));
  EXPECT_EQ(*order->variables.Find("account_label")->string(), "ana");
  EXPECT_EQ(*order->variables.Find("not_me_url")->string(), "https://acme.test/not-me");
  EXPECT_EQ(*order->variables.Find("location_label")->string(), "Lisbon");
  EXPECT_EQ(*order->variables.Find("change_time")->string(), "2023-11-14T22:13:20Z");
  EXPECT_EQ(order->support_contact, "+1 555 0100");
  EXPECT_EQ(*CheckNotice(ChangedRequest())->variables.Find("change_time")->string(),
            "2027-01-15T08:00:00Z")
      << "the default is now";
}

TEST(NoticeOrder, NamesTheWrongFieldOfAPasswordNotice) {
  const auto wrong = [](auto edit) {
    v1::SendPasswordChangedRequest request = ChangedRequest();
    edit(request);
    return WrongNotice(request);
  };
  using Request = v1::SendPasswordChangedRequest;
  EXPECT_EQ(wrong([](Request& r) { r.set_account_label("a\r\nb"); }),
            "account_label HEADER_INJECTION");
  EXPECT_EQ(wrong([](Request& r) { r.set_not_me_url("http://acme.test"); }),
            "not_me_url FIELD_INVALID");
  EXPECT_EQ(wrong([](Request& r) { r.set_support_contact(std::string(201, 's')); }),
            "support_contact FIELD_INVALID");
  EXPECT_EQ(wrong([](Request& r) { r.mutable_change_time()->set_nanos(-1); }),
            "change_time FIELD_INVALID");
  EXPECT_EQ(wrong([](Request& r) { r.set_template_name("verification_code"); }),
            "template_name FIELD_INVALID");
}

TEST(NoticeOrder, TellsBothAddressesOfAChangeAndShowsEachTheOtherMasked) {
  v1::SendEmailChangedRequest request = MovedRequest();
  request.set_request_id("r1");
  request.set_account_label("ana");
  request.set_not_me_url("https://acme.test/not-me");
  request.mutable_change_time()->set_seconds(1'700'000'000);
  const absl::StatusOr<EmailChangedOrders> orders = CheckNotice(request);
  ASSERT_TRUE(orders.ok()) << orders.status();
  EXPECT_EQ(orders->before.recipient.lookup, "ana@example.com");
  EXPECT_EQ(orders->before.mail->name(), "email_changed_old");
  EXPECT_EQ(orders->after.recipient.lookup, "ana.maria@example.net");
  EXPECT_EQ(orders->after.mail->name(), "email_changed_new");
  for (const SendOrder* order : {&orders->before, &orders->after}) {
    EXPECT_EQ(order->request_id, "r1");
    EXPECT_EQ(order->method, "SendEmailChangedRequest");
    EXPECT_EQ(order->fingerprint,
              Fingerprint(request, kHashKey).substr(0, queue::kFingerprintBytes));
    EXPECT_EQ(VariableOf(*order, "change_time"), "2023-11-14T22:13:20Z");
    EXPECT_EQ(VariableOf(*order, "account_label"), "ana");
  }
  EXPECT_EQ(VariableOf(orders->before, "new_email"), "a***@example.net");
  EXPECT_EQ(VariableOf(orders->after, "old_email"), "a***@example.com");
  EXPECT_EQ(VariableOf(orders->before, "not_me_url"), "https://acme.test/not-me");
}

TEST(NoticeOrder, NamesTheWrongAddressOfAChange) {
  const auto wrong = [](auto edit) {
    v1::SendEmailChangedRequest request = MovedRequest();
    edit(request);
    return FieldsOf(CheckNotice(request).status());
  };
  using Request = v1::SendEmailChangedRequest;
  EXPECT_THAT(wrong([](Request&) {}), ElementsAre());
  EXPECT_THAT(wrong([](Request& r) { r.clear_old_recipient(); }), ElementsAre("old_recipient"));
  EXPECT_THAT(wrong([](Request& r) { r.set_new_recipient("ana"); }), ElementsAre("new_recipient"));
  EXPECT_THAT(wrong([](Request& r) { r.set_new_recipient("ANA@example.com"); }),
              ElementsAre("new_recipient"))
      << "the same mailbox is no change";
  EXPECT_THAT(wrong([](Request& r) { r.set_locale("e"); }), ElementsAre("locale"))
      << "what concerns both is told once";
  EXPECT_THAT(wrong([](Request& r) { r.set_old_template_name("verification_code"); }),
              Contains("old_template_name"));
  EXPECT_THAT(wrong([](Request& r) { r.set_new_template_name("verification_code"); }),
              Contains("new_template_name"));
  EXPECT_THAT(wrong([](Request& r) {
                r.clear_old_recipient();
                r.clear_new_recipient();
              }),
              ElementsAre("old_recipient", "new_recipient"));
}

TEST(NoticeOrder, SaysWhenAndWhereSomebodySignedIn) {
  v1::SendNewSignInRequest request = SignedInRequest();
  request.mutable_client_context()->set_device_label("Firefox on Linux");
  request.mutable_client_context()->set_ip_address("192.0.2.1");
  const absl::StatusOr<SendOrder> order = CheckNotice(request);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->mail->name(), "new_sign_in");
  EXPECT_EQ(VariableOf(*order, "sign_in_time"), kNoticeNow) << "the default is now";
  EXPECT_EQ(VariableOf(*order, "device_label"), "Firefox on Linux");
  EXPECT_EQ(VariableOf(*order, "ip_address"), "192.0.2.1");
  request.mutable_sign_in_time()->set_nanos(-1);
  EXPECT_EQ(WrongNotice(request), "sign_in_time FIELD_INVALID");
  request = SignedInRequest();
  request.set_not_me_url("javascript:alert(1)");
  EXPECT_EQ(WrongNotice(request), "not_me_url FIELD_INVALID");
}

TEST(NoticeOrder, SaysWhatBecameOfTheSecondFactor) {
  const absl::StatusOr<SendOrder> order = CheckNotice(SecuredRequest());
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->mail->name(), "mfa_changed");
  EXPECT_EQ(VariableOf(*order, "change"), "method_added");
  EXPECT_EQ(VariableOf(*order, "method_label"), "Security key");
  EXPECT_EQ(VariableOf(*order, "change_time"), kNoticeNow);
  using Request = v1::SendMfaChangedRequest;
  const auto wrong = [](auto edit) {
    Request request = SecuredRequest();
    edit(request);
    return WrongNotice(request);
  };
  EXPECT_EQ(wrong([](Request& r) { r.clear_change(); }), "change FIELD_INVALID");
  EXPECT_EQ(wrong([](Request& r) { r.set_change(static_cast<Request::Change>(99)); }),
            "change FIELD_INVALID");
  EXPECT_EQ(wrong([](Request& r) { r.set_method_label(std::string(81, 'm')); }),
            "method_label FIELD_INVALID");
  EXPECT_EQ(wrong([](Request& r) { r.set_method_label("key\r\nBcc: b@example.com"); }),
            "method_label HEADER_INJECTION");
}

TEST(NoticeOrder, KnowsAWordForEveryChangeOfASecondFactor) {
  const auto* changes = v1::SendMfaChangedRequest::Change_descriptor();
  const templates::Variable& change =
      TheWorld().tenant().shelf->Now()->Find("acme", "mfa_changed")->variables().at("change");
  for (int i = 1; i < changes->value_count(); ++i) {
    v1::SendMfaChangedRequest request = SecuredRequest();
    request.set_change(static_cast<v1::SendMfaChangedRequest::Change>(changes->value(i)->number()));
    const absl::StatusOr<SendOrder> order = CheckNotice(request);
    ASSERT_TRUE(order.ok()) << order.status();
    EXPECT_THAT(change.choices, Contains(VariableOf(*order, "change")));
  }
}

}  // namespace
}  // namespace posthaste::api
