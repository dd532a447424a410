// Checklist 6: cooldown and caps tell exactly when the next one is taken. The clock is Redis' and
// moved; what passes besides is measured by the same clock.
#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

// How far the service's idea of Redis' clock may be off it: half an exchange, and a busy machine.
constexpr absl::Duration kSlack = absl::Milliseconds(500);

class RetryInfoTest : public StoreTest {
 protected:
  using StoreTest::StoreTest;

  struct Span {
    absl::Time begin, end;
  };
  absl::Time RedisNow() const {
    const std::string time = Server().Call({"TIME"});
    const size_t at = time.find('\n');
    return absl::FromUnixSeconds(std::stoll(time)) +
           absl::Microseconds(std::stoll(time.substr(at + 1)));
  }
  // When that was sent.
  Span Sent(const v1::SendVerificationCodeRequest& request) {
    Span span;
    span.begin = RedisNow();
    Send(request);
    span.end = RedisNow();
    return span;
  }
  // Refused now, and told to come again at `next`; how long that is from now.
  absl::Duration Wait(const Span& next, const v1::SendVerificationCodeRequest& request,
                      const std::string& reason, const std::string& subject) {
    const absl::Time before = RedisNow();
    const absl::Status refused = Refused(request);
    const absl::Time after = RedisNow();
    EXPECT_EQ(Verdict(refused), "RESOURCE_EXHAUSTED " + reason);
    EXPECT_EQ(DetailOf<google::rpc::QuotaFailure>(refused).violations(0).subject(), subject);
    const absl::Duration wait = RetryDelayOf(refused);
    EXPECT_LE(before + wait, next.end + kSlack);
    EXPECT_GE(after + wait, next.begin - kSlack);
    return wait;
  }
  // Refused until then, however often it is tried, and then taken.
  Span TakenAt(const Span& next, const v1::SendVerificationCodeRequest& request,
               const std::string& reason, const std::string& subject) {
    for (const int seconds_early : {25, 10})
      MoveClock(Wait(next, request, reason, subject) - absl::Seconds(seconds_early));
    MoveClock(Wait(next, request, reason, subject) + kSlack);
    return Sent(request);
  }
};

TEST_F(RetryInfoTest, OfTheCooldownGrowsWithEachSend) {
  Span sent = Sent(Code());
  for (const int seconds : {30, 60, 120, 120}) {
    const absl::Duration cooldown = absl::Seconds(seconds);
    sent = TakenAt({sent.begin + cooldown, sent.end + cooldown}, Code(), "RESEND_COOLDOWN",
                   "cooldown");
  }
}

// One cap set to two in a period, below all others: the third is taken half a period after the
// first.
struct Cap {
  std::string subject, reason;
  absl::Duration period;
  void (*set)(config::v1::Limits&, int);
};

const std::vector<Cap>& Caps() {
  using Limits = config::v1::Limits;
  static const std::vector<Cap> caps = {
      {"recipient_hour", "RECIPIENT_SEND_LIMIT", absl::Hours(1),
       [](Limits& limits, int count) { limits.set_sends_per_recipient_hour(count); }},
      {"recipient_day", "RECIPIENT_SEND_LIMIT", absl::Hours(24),
       [](Limits& limits, int count) { limits.set_sends_per_recipient_day(count); }},
      {"recipient_purpose_hour", "RECIPIENT_SEND_LIMIT", absl::Hours(1),
       [](Limits& limits, int count) { limits.set_codes_per_recipient_purpose_hour(count); }},
      {"client_hour", "CLIENT_LIMIT", absl::Hours(1),
       [](Limits& limits, int count) { limits.set_sends_per_client_hour(count); }},
      {"caller_key_hour", "CLIENT_LIMIT", absl::Hours(1),
       [](Limits& limits, int count) { limits.set_sends_per_caller_key_hour(count); }},
      {"api_key_minute", "TENANT_QUOTA", absl::Minutes(1),
       [](Limits& limits, int count) { limits.set_sends_per_api_key_minute(count); }},
      {"tenant_minute", "TENANT_QUOTA", absl::Minutes(1),
       [](Limits& limits, int count) { limits.set_sends_per_tenant_minute(count); }},
      {"domain_minute", "TENANT_QUOTA", absl::Minutes(1),
       [](Limits& limits, int count) { limits.set_sends_per_domain_minute(count); }},
      {"trust_group_recipient_day", "RECIPIENT_SEND_LIMIT", absl::Hours(24),
       [](Limits& limits, int count) { limits.set_codes_per_trust_group_recipient_day(count); }},
  };
  return caps;
}

class CapTest : public RetryInfoTest, public testing::WithParamInterface<Cap> {
 protected:
  CapTest()
      : RetryInfoTest([](config::v1::Config& config) {
          GetParam().set(*config.mutable_limits(), 2);
          config.mutable_tenants(0)->set_trust_group("one");
        }) {}
};

TEST_P(CapTest, TellsExactlyWhenTheNextIsTaken) {
  v1::SendVerificationCodeRequest request = Code();
  request.set_force_new(true);  // No cooldown.
  request.mutable_client_context()->set_ip_address("192.0.2.1");
  request.add_rate_limit_keys("device:1");
  const Span first = Sent(request);
  Send(request);
  const absl::Duration apart = GetParam().period / 2;
  TakenAt({first.begin + apart, first.end + apart}, request, GetParam().reason, GetParam().subject);
}

INSTANTIATE_TEST_SUITE_P(Limits, CapTest, testing::ValuesIn(Caps()),
                         [](const auto& info) { return info.param.subject; });

}  // namespace
}  // namespace posthaste::api
