// Limits as callers meet them: through the handlers, on a real Redis.
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

class RateLimitsTest : public StoreTest {
 protected:
  RateLimitsTest()
      : StoreTest([](config::v1::Config& config) {
          config::v1::Limits& limits = *config.mutable_limits();
          limits.set_codes_per_recipient_purpose_hour(2);
          limits.set_sends_per_caller_key_hour(2);
          limits.set_sends_per_domain_minute(4);
          limits.set_codes_per_trust_group_recipient_day(4);
          config.mutable_tenants(0)->set_trust_group("one");
          config.mutable_tenants(1)->set_trust_group("one");
        }) {}

  static v1::SendVerificationCodeRequest To(const std::string& recipient,
                                            const std::string& purpose = "password_reset") {
    v1::SendVerificationCodeRequest request = Code();
    request.set_recipient(recipient);
    request.set_purpose(purpose);
    request.set_force_new(true);
    return request;
  }
  static std::string Subject(const absl::Status& status) {
    return Verdict(status) + " " +
           DetailOf<google::rpc::QuotaFailure>(status).violations(0).subject();
  }
};

TEST_F(RateLimitsTest, CountsAPurposeOfARecipient) {
  Send(To("ana@example.com"));
  Send(To("ana@example.com"));
  const absl::Status refused = Refused(To("ana@example.com"));
  EXPECT_EQ(Subject(refused), "RESOURCE_EXHAUSTED RECIPIENT_SEND_LIMIT recipient_purpose_hour");
  Send(To("ana@example.com", "email_verification"));
  MoveClock(RetryDelayOf(refused) - absl::Seconds(2));
  EXPECT_EQ(ReasonOf(Refused(To("ana@example.com"))), "RECIPIENT_SEND_LIMIT");
}

TEST_F(RateLimitsTest, CountsEachOfTheCallersKeysAndTheSameOneOnce) {
  v1::SendVerificationCodeRequest request = To("ana@example.com");
  request.add_rate_limit_keys("device:1");
  request.add_rate_limit_keys("device:1");
  Send(request);
  request.set_recipient("bob@example.com");
  Send(request);
  request.set_recipient("cid@example.com");
  request.add_rate_limit_keys("user:7");
  const absl::Status refused = Refused(request);
  EXPECT_EQ(Subject(refused), "RESOURCE_EXHAUSTED CLIENT_LIMIT caller_key_hour");
  request.clear_rate_limit_keys();
  request.add_rate_limit_keys("device:2");
  Send(request);
  MoveClock(RetryDelayOf(refused));
  request.set_recipient("dan@example.org");
  request.set_rate_limit_keys(0, "device:1");
  Send(request);
}

TEST_F(RateLimitsTest, CountsADomainWithinTheTenant) {
  for (const char* local : {"a", "b", "c", "d"}) Send(To(std::string(local) + "@example.com"));
  EXPECT_EQ(Subject(Refused(To("e@example.com"))), "RESOURCE_EXHAUSTED TENANT_QUOTA domain_minute");
  Send(To("e@example.org"));
  Send(To("e@example.com"), "globex");
}

TEST_F(RateLimitsTest, CountsARecipientOverTheTenantsOfATrustGroup) {
  Send(To("ana@example.com"));
  Send(To("ana@example.com", "email_verification"));
  Send(To("ana+tag@example.com"), "globex");
  Send(To("ana@example.com", "email_verification"), "globex");
  EXPECT_EQ(Subject(Refused(To("ana@example.com"), "globex")),
            "RESOURCE_EXHAUSTED RECIPIENT_SEND_LIMIT trust_group_recipient_day");
}

TEST_F(RateLimitsTest, LetsNoticesThroughWhenCodesHaveUsedUpTheirs) {
  world_.config.mutable_limits()->set_sends_per_recipient_hour(1);
  world_.config.mutable_limits()->set_sends_per_recipient_day(1);
  Send(To("ana@example.com"));
  EXPECT_EQ(ReasonOf(Refused(To("ana@example.com"))), "RECIPIENT_SEND_LIMIT");
  v1::SendPasswordChangedRequest notice;
  notice.set_recipient("ana@example.com");
  v1::Message message;
  EXPECT_EQ(Verdict(Ask(HandleSendPasswordChanged, notice, message).status), "OK");
}

TEST_F(RateLimitsTest, NamesAKeyThatIsNone) {
  v1::SendVerificationCodeRequest request = To("ana@example.com");
  for (int i = 0; i < 5; ++i) request.add_rate_limit_keys("k" + std::to_string(i));
  EXPECT_EQ(FirstWrong(Refused(request)), "rate_limit_keys FIELD_INVALID");
  request.clear_rate_limit_keys();
  request.add_rate_limit_keys("");
  EXPECT_EQ(FirstWrong(Refused(request)), "rate_limit_keys[0] FIELD_INVALID");
}

}  // namespace
}  // namespace posthaste::api
