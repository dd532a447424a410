#include "service/api/refusal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/service/api/world.h"

namespace posthaste::api {
namespace {

using google::rpc::BadRequest;
using google::rpc::ErrorInfo;
using google::rpc::PreconditionFailure;
using google::rpc::QuotaFailure;
using google::rpc::ResourceInfo;
using google::rpc::RetryInfo;
using testing::ElementsAre;

TEST(Refusal, NamesEveryWrongFieldAndTheFirstOnesReason) {
  const absl::Status status = Invalid(
      {{"recipient", "RECIPIENT_INVALID", "is required"}, {"ttl", "TTL_OUT_OF_RANGE", "is long"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "recipient: is required");
  EXPECT_EQ(DetailOf<ErrorInfo>(status).reason(), "RECIPIENT_INVALID");
  EXPECT_EQ(DetailOf<ErrorInfo>(status).domain(), "posthaste");
  EXPECT_THAT(FieldsOf(status), ElementsAre("recipient", "ttl"));
  EXPECT_EQ(DetailOf<BadRequest>(status).field_violations(1).description(), "is long");
}

TEST(Refusal, CarriesTheSameCodeAndMessageInItsDetails) {
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(DetailsOf(Denied("SCOPE_MISSING", "no scope"))));
  EXPECT_EQ(details.code(), static_cast<int>(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(details.message(), "no scope");
}

TEST(Refusal, StaysSmallHoweverMuchIsWrong) {
  std::vector<Violation> many(
      5000, {std::string(5000, 'x'), "VARIABLE_UNDECLARED", std::string(5000, 'y')});
  const absl::Status status = Invalid(many);
  EXPECT_LT(DetailsOf(status).size(), 5000u)
      << "must fit into the 8 KiB of metadata that clients take";
  EXPECT_LT(status.message().size(), 500u);
  EXPECT_EQ(ReasonOf(status), "VARIABLE_UNDECLARED");
  EXPECT_LT(DetailsOf(Missing("TEMPLATE_NOT_FOUND", "template", std::string(100'000, 'x'))).size(),
            1000u);
}

TEST(Refusal, CutsLongNamesBetweenCharacters) {
  std::string name = "x";
  while (name.size() < 1000) name += "\xC3\xA4";
  const std::string cut =
      DetailOf<ResourceInfo>(Missing("TEMPLATE_NOT_FOUND", "template", name)).resource_name();
  ASSERT_FALSE(cut.empty());
  EXPECT_NE(static_cast<unsigned char>(cut.back()), 0xC3);
}

TEST(Refusal, NamesWhatWasChangedByOthers) {
  const absl::Status status = Conflict("TEMPLATE_CONFLICT", "template", "welcome", "meanwhile");
  EXPECT_EQ(Verdict(status), "ABORTED TEMPLATE_CONFLICT");
  EXPECT_EQ(DetailOf<ResourceInfo>(status).resource_name(), "welcome");
}

TEST(Refusal, TellsTheExactWaitRoundedUpToAMillisecond) {
  const absl::Status status =
      Exhausted("RESEND_COOLDOWN", "cooldown", "too soon", absl::Microseconds(29'000'001));
  EXPECT_EQ(Verdict(status), "RESOURCE_EXHAUSTED RESEND_COOLDOWN");
  const RetryInfo retry = DetailOf<RetryInfo>(status);
  EXPECT_EQ(retry.retry_delay().seconds(), 29);
  EXPECT_EQ(retry.retry_delay().nanos(), 1'000'000);
  EXPECT_EQ(RetryDelayOf(status), absl::Milliseconds(29'001));
  const QuotaFailure quota = DetailOf<QuotaFailure>(status);
  ASSERT_EQ(quota.violations_size(), 1);
  EXPECT_EQ(quota.violations(0).subject(), "cooldown");
  EXPECT_EQ(RetryDelayOf(Exhausted("X", "x", "x", absl::Seconds(3600))), absl::Seconds(3600));
}

TEST(Refusal, TellsAWaitOfAPreconditionOnlyIfWaitingHelps) {
  const absl::Status never = Failed("MAX_SENDS_REACHED", "v1", "as often as it may be");
  EXPECT_EQ(Verdict(never), "FAILED_PRECONDITION MAX_SENDS_REACHED");
  EXPECT_LT(RetryDelayOf(never), absl::ZeroDuration());
  const PreconditionFailure failure = DetailOf<PreconditionFailure>(never);
  ASSERT_EQ(failure.violations_size(), 1);
  EXPECT_EQ(failure.violations(0).type(), "MAX_SENDS_REACHED");
  EXPECT_EQ(failure.violations(0).subject(), "v1");
  EXPECT_EQ(RetryDelayOf(Failed("SENDING_HELD", "x", "held", absl::Seconds(5))), absl::Seconds(5));
}

TEST(Refusal, NamesWhatIsMissingOrReused) {
  const absl::Status missing = Missing("MESSAGE_NOT_FOUND", "posthaste.v1.Message", "m1");
  EXPECT_EQ(Verdict(missing), "NOT_FOUND MESSAGE_NOT_FOUND");
  EXPECT_EQ(DetailOf<ResourceInfo>(missing).resource_type(), "posthaste.v1.Message");
  EXPECT_EQ(DetailOf<ResourceInfo>(missing).resource_name(), "m1");
  const absl::Status reused = RequestIdReused("r1");
  EXPECT_EQ(Verdict(reused), "ALREADY_EXISTS REQUEST_ID_REUSED");
  EXPECT_EQ(DetailOf<ResourceInfo>(reused).resource_name(), "r1");
}

TEST(Refusal, SaysOfTheStoreThatItIsFullOrAwayAndNothingOfWhatItSaid) {
  const absl::Status full = FromStore(absl::ResourceExhaustedError("OOM at /var/redis"));
  EXPECT_EQ(Verdict(full), "RESOURCE_EXHAUSTED QUEUE_FULL");
  EXPECT_EQ(RetryDelayOf(full), absl::Seconds(1));
  for (const absl::Status& inner :
       {absl::UnavailableError("redis at 10.0.0.1"), absl::DataLossError("10.0.0.1"),
        absl::InternalError("10.0.0.1"), absl::DeadlineExceededError("10.0.0.1")}) {
    const absl::Status status = FromStore(inner);
    EXPECT_EQ(Verdict(status), "UNAVAILABLE STORE_UNAVAILABLE");
    EXPECT_EQ(RetryDelayOf(status), absl::Seconds(1));
    EXPECT_EQ(DetailsOf(status).find("10.0.0.1"), std::string::npos);
  }
  const absl::Status refused = Missing("X", "x", "x");
  EXPECT_EQ(FromStore(refused), refused) << "what is a refusal already stays";
}

TEST(Refusal, HasNoDetailsForAStatusThatWasNotMadeHere) {
  const absl::Status foreign = absl::NotFoundError("x");
  EXPECT_EQ(DetailsOf(foreign), "");
  EXPECT_EQ(ReasonOf(foreign), "");
  EXPECT_LT(RetryDelayOf(foreign), absl::ZeroDuration());
  EXPECT_EQ(DetailsOf(absl::OkStatus()), "");
}

TEST(Refusal, TellsWhoMayNotCallAndWhy) {
  EXPECT_EQ(Verdict(Unauthenticated("x")), "UNAUTHENTICATED CREDENTIAL_INVALID");
  EXPECT_EQ(Verdict(Denied("SCOPE_MISSING", "x")), "PERMISSION_DENIED SCOPE_MISSING");
  EXPECT_EQ(Verdict(Unavailable("SHUTTING_DOWN", "x", absl::Milliseconds(200))),
            "UNAVAILABLE SHUTTING_DOWN");
  EXPECT_EQ(RetryDelayOf(Unavailable("SHUTTING_DOWN", "x", absl::Milliseconds(200))),
            absl::Milliseconds(200));
}

}  // namespace
}  // namespace posthaste::api
