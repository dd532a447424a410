#include "service/api/order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

using testing::ElementsAre;

v1::SendVerificationCodeRequest Code() {
  v1::SendVerificationCodeRequest request;
  request.set_recipient("ana@example.com");
  request.set_purpose("password_reset");
  return request;
}

v1::ResendVerificationCodeRequest Resend() {
  v1::ResendVerificationCodeRequest request;
  request.set_recipient("ana@example.com");
  request.set_verification_id("v00" + std::string(20, '0'));
  return request;
}

template <typename Request>
absl::StatusOr<SendOrder> Check(const Request& request, std::string_view tenant = "acme") {
  return CheckOrder(request, TheWorld().tenant(tenant), kHashKey);
}
template <typename Request>
std::string Wrong(const Request& request) {
  return FirstWrong(Check(request).status());
}

TEST(Order, TakesACodeWithItsDefaults) {
  const absl::StatusOr<SendOrder> order = Check(Code());
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->method, "SendVerificationCodeRequest");
  EXPECT_EQ(order->recipient.lookup, "ana@example.com");
  EXPECT_EQ(order->sender->id(), "main");
  EXPECT_EQ(order->locale, "en");
  EXPECT_EQ(order->time_zone, "UTC");
  EXPECT_EQ(order->mail->name(), "verification_code");
  EXPECT_EQ(order->fingerprint, std::string(queue::kFingerprintBytes, '\0'))
      << "without a request id nothing is compared";
  ASSERT_TRUE(order->code.has_value());
  EXPECT_EQ(order->code->purpose, "password_reset");
  EXPECT_EQ(order->code->ttl, std::nullopt);
  EXPECT_FALSE(order->validate_only);
}

TEST(Order, CarriesWhatWasAskedFor) {
  v1::SendVerificationCodeRequest request = Code();
  request.set_sender("billing");
  request.set_request_id("r1");
  request.set_locale("de");
  request.set_time_zone("Europe/Berlin");
  request.set_recipient_name("Ana");
  request.mutable_ttl()->set_seconds(300);
  request.set_code_length(8);
  request.set_resend_policy(v1::NEW_CODE_SUPERSEDE);
  request.set_force_new(true);
  request.set_subject_id("user-1");
  (*request.mutable_binding())["session"] = "s1";
  (*request.mutable_labels())["a"] = "b";
  request.set_custom_code("12345678");
  request.mutable_client_context()->set_ip_address("192.0.2.1");
  request.mutable_client_context()->set_device_label("Firefox");
  const absl::StatusOr<SendOrder> order = Check(request);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->sender->id(), "billing");
  EXPECT_EQ(order->fingerprint, Fingerprint(request, kHashKey).substr(0, queue::kFingerprintBytes));
  EXPECT_EQ(order->locale, "de");
  EXPECT_EQ(order->time_zone, "Europe/Berlin");
  EXPECT_EQ(order->labels.at("a"), "b");
  EXPECT_EQ(order->client_network.size(), 4u);
  EXPECT_EQ(*order->variables.Find("device_label")->string(), "Firefox");
  EXPECT_EQ(*order->variables.Find("ip_address")->string(), "192.0.2.1");
  EXPECT_EQ(order->code->ttl, absl::Minutes(5));
  EXPECT_EQ(order->code->code_length, 8);
  EXPECT_TRUE(order->code->force_new);
  EXPECT_EQ(order->code->binding.at("session"), "s1");
  EXPECT_EQ(order->code->binding.at(""), "user-1");
  EXPECT_EQ(order->code->custom_code, "12345678");
}

TEST(Order, NamesTheWrongFieldOfACode) {
  const auto wrong = [](auto edit) {
    v1::SendVerificationCodeRequest request = Code();
    edit(request);
    return Wrong(request);
  };
  using Request = v1::SendVerificationCodeRequest;
  EXPECT_EQ(wrong([](Request&) {}), "");
  EXPECT_EQ(wrong([](Request& r) { r.clear_recipient(); }), "recipient RECIPIENT_INVALID");
  EXPECT_EQ(wrong([](Request& r) { r.set_recipient_name("a\nb"); }),
            "recipient_name HEADER_INJECTION");
  EXPECT_EQ(wrong([](Request& r) { r.set_sender("nobody"); }), "sender SENDER_UNKNOWN");
  EXPECT_EQ(wrong([](Request& r) { r.set_request_id(std::string(129, 'r')); }),
            "request_id FIELD_INVALID");
  EXPECT_EQ(wrong([](Request& r) { r.set_locale("e"); }), "locale LOCALE_INVALID");
  EXPECT_EQ(wrong([](Request& r) { r.set_time_zone("Mars"); }), "time_zone TIME_ZONE_INVALID");
  EXPECT_EQ(wrong([](Request& r) { (*r.mutable_labels())["A"] = "x"; }), "labels FIELD_INVALID");
  EXPECT_EQ(wrong([](Request& r) { r.clear_purpose(); }), "purpose PURPOSE_INVALID");
  EXPECT_EQ(wrong([](Request& r) { r.mutable_ttl()->set_seconds(59); }), "ttl TTL_OUT_OF_RANGE");
  EXPECT_EQ(wrong([](Request& r) { r.mutable_ttl()->set_seconds(1801); }), "ttl TTL_OUT_OF_RANGE");
  for (const int length : {-1, 5, 11}) {
    EXPECT_EQ(wrong([&](Request& r) { r.set_code_length(length); }),
              "code_length CODE_POLICY_VIOLATION");
  }
  EXPECT_EQ(wrong([](Request& r) { r.set_resend_policy(static_cast<v1::ResendPolicy>(9)); }),
            "resend_policy FIELD_INVALID");
  for (const char* code : {"12345", "12345678901", "12a456", "123 456"}) {
    EXPECT_EQ(wrong([&](Request& r) { r.set_custom_code(code); }),
              "custom_code CODE_POLICY_VIOLATION")
        << code;
  }
  EXPECT_EQ(wrong([](Request& r) { r.set_subject_id(std::string(129, 's')); }),
            "subject_id FIELD_INVALID");
  EXPECT_EQ(wrong([](Request& r) { (*r.mutable_binding())[""] = "x"; }), "binding FIELD_INVALID");
  EXPECT_EQ(wrong([](Request& r) { r.mutable_client_context()->set_ip_address("x"); }),
            "client_context.ip_address FIELD_INVALID");
  EXPECT_EQ(
      wrong([](Request& r) { r.mutable_client_context()->set_user_agent(std::string(513, 'u')); }),
      "client_context.user_agent FIELD_INVALID");
  EXPECT_EQ(wrong([](Request& r) { r.mutable_client_context()->set_device_label("a\nb"); }),
            "client_context.device_label FIELD_INVALID");
  EXPECT_EQ(wrong([](Request& r) {
              r.mutable_client_context()->set_location_label(std::string(81, 'l'));
            }),
            "client_context.location_label FIELD_INVALID");
  EXPECT_EQ(wrong([](Request& r) { r.set_template_name("password_changed"); }),
            "template_name FIELD_INVALID");
  EXPECT_EQ(wrong([](Request& r) { r.set_template_name("nothing"); }),
            "NOT_FOUND TEMPLATE_NOT_FOUND");
}

TEST(Order, KeepsTheVariablesOfACodeToItself) {
  for (const char* ours :
       {"code", "create_time", "expire_time", "ttl", "request_time", "purpose"}) {
    v1::SendVerificationCodeRequest request = Code();
    Variable(request, ours).set_string_value("x");
    EXPECT_EQ(Wrong(request), std::string("variables.") + ours + " VARIABLE_UNDECLARED");
  }
}

TEST(Order, NamesEveryWrongFieldOfOneRequest) {
  v1::SendVerificationCodeRequest request = Code();
  request.clear_recipient();
  request.set_sender("nobody");
  request.mutable_ttl()->set_seconds(1);
  EXPECT_THAT(FieldsOf(Check(request).status()), ElementsAre("recipient", "sender", "ttl"));
}

TEST(Order, ChecksAResendLikeASend) {
  v1::ResendVerificationCodeRequest request = Resend();
  ASSERT_TRUE(Check(request).ok()) << Check(request).status();
  EXPECT_EQ(Check(request)->code->verification_id, request.verification_id());
  EXPECT_TRUE(Check(request)->code->binding.empty());
  request.set_verification_id("m00" + std::string(20, '0'));
  EXPECT_EQ(Wrong(request), "verification_id FIELD_INVALID");
  request = Resend();
  request.set_custom_code("1");
  EXPECT_EQ(Wrong(request), "custom_code CODE_POLICY_VIOLATION");
  request = Resend();
  request.clear_recipient();
  EXPECT_EQ(Wrong(request), "recipient RECIPIENT_INVALID");
  request = Resend();
  request.mutable_client_context()->set_ip_address("x");
  EXPECT_EQ(Wrong(request), "client_context.ip_address FIELD_INVALID");
}

TEST(Order, KnowsNothingOfAnotherTenantsSenders) {
  v1::SendVerificationCodeRequest request = Code();
  request.set_sender("billing");
  EXPECT_EQ(ReasonOf(Check(request, "globex").status()), "SENDER_UNKNOWN");
}

TEST(Order, TakesTheTemplateOfItsPurpose) {
  const World world([](config::v1::Config& config) {
    (*config.mutable_tenants(0)->mutable_purpose_templates())["password_reset"] = "greeting";
  });
  const absl::Status status = CheckOrder(Code(), world.tenant(), kHashKey).status();
  EXPECT_THAT(FieldsOf(status), testing::Contains("template_name"))
      << "greeting is no template of a code";
}

}  // namespace
}  // namespace posthaste::api
