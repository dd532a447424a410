#include "service/api/account.h"

#include "tests/service/api/store_fixture.h"

namespace posthaste::api {
namespace {

class AccountTest : public StoreTest {
 protected:
  AccountTest()
      : StoreTest([](config::v1::Config& config) {
          config.mutable_tenants(0)->set_messages_per_day(3);
        }) {}

  v1::GetUsageResponse Usage(const std::string& tenant = "acme", int days = 0) {
    v1::GetUsageRequest request;
    request.set_days(days);
    v1::GetUsageResponse response;
    EXPECT_EQ(Verdict(Ask(HandleGetUsage, request, response, tenant).status), "OK");
    return response;
  }
  static v1::SendVerificationCodeRequest CodeFor(const std::string& recipient) {
    v1::SendVerificationCodeRequest request = Code();
    request.set_recipient(recipient);
    return request;
  }
};

TEST_F(AccountTest, TellsWhatTheTenantSentAndMaySend) {
  Send();
  v1::SendPasswordChangedRequest notice;
  notice.set_recipient("bob@example.com");
  v1::Message message;
  ASSERT_EQ(Verdict(Ask(HandleSendPasswordChanged, notice, message).status), "OK");
  const v1::GetUsageResponse usage = Usage();
  ASSERT_EQ(usage.days_size(), 1);
  EXPECT_EQ(usage.days(0).codes(), 1);
  EXPECT_EQ(usage.days(0).notices(), 1);
  EXPECT_EQ(usage.days(0).general(), 0);
  EXPECT_EQ(usage.days(0).date(),
            absl::FormatTime("%Y-%m-%d", store_->clock().Now(), absl::UTCTimeZone()));
  EXPECT_EQ(usage.messages_per_day(), 3);
  EXPECT_GT(usage.reset_time().seconds(), absl::ToUnixSeconds(store_->clock().Now()));
  EXPECT_EQ(Usage("globex").days_size(), 0) << "another's";
}

TEST_F(AccountTest, CountsNeitherReplaysNorRefusalsNorTrials) {
  v1::SendVerificationCodeRequest request = Code();
  request.set_request_id("r1");
  Send(request);
  Send(request);
  EXPECT_EQ(Verdict(Refused()), "RESOURCE_EXHAUSTED RESEND_COOLDOWN");
  v1::SendVerificationCodeRequest trial = CodeFor("cid@example.com");
  trial.set_validate_only(true);
  v1::Verification nothing;
  ASSERT_TRUE(Ask(HandleSendVerificationCode, trial, nothing).status.ok());
  EXPECT_EQ(Usage().days(0).codes(), 1);
}

TEST_F(AccountTest, RefusesBeyondTheQuotaUntilTheDayIsOver) {
  for (const char* recipient : {"a@example.com", "b@example.com", "c@example.com"})
    Send(CodeFor(recipient));
  const absl::Status refused = Refused(CodeFor("d@example.com"));
  EXPECT_EQ(Verdict(refused), "RESOURCE_EXHAUSTED TENANT_QUOTA");
  EXPECT_EQ(DetailOf<google::rpc::QuotaFailure>(refused).violations(0).subject(), "tenant_day");
  const absl::Duration wait = RetryDelayOf(refused);
  EXPECT_GT(wait, absl::ZeroDuration());
  EXPECT_LE(wait, absl::Hours(24));
  Send(CodeFor("d@example.com"), "globex");
  MoveClock(wait + absl::Seconds(1));
  Send(CodeFor("d@example.com"));
}

TEST_F(AccountTest, ShowsUpToNinetyDays) {
  v1::GetUsageRequest request;
  v1::GetUsageResponse response;
  for (const int days : {-1, 91}) {
    request.set_days(days);
    EXPECT_EQ(FirstWrong(Ask(HandleGetUsage, request, response).status), "days FIELD_INVALID");
  }
  EXPECT_EQ(Usage("acme", 90).days_size(), 0);
}

}  // namespace
}  // namespace posthaste::api
