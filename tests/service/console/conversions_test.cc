#include "service/console/conversions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/metrics.h"
#include "tests/support/run_task.h"

namespace posthaste::console {
namespace {

using ::testing::HasSubstr;

TEST(Conversions, AreTheMetricsByPurposeAndProvider) {
  const auto count = [](const char* name, const metrics::Labels& labels, double by) {
    metrics::GetCounter(name, "Help.", labels).Increment(by);
  };
  count("posthaste_verifications_total", {{"purpose", "reset"}, {"event", "created"}}, 3);
  count("posthaste_verifications_total", {{"purpose", "reset"}, {"event", "resent"}}, 1);
  count("posthaste_checks_total", {{"purpose", "reset"}, {"result", "MATCHED"}}, 2);
  metrics::GetHistogram("posthaste_enqueue_to_accepted_seconds", "Help.",
                        {{"mail_class", "CODE"}, {"provider", "gmail"}}, {1})
      .Observe(0.5);
  api::Backend backend;
  ops::ConsoleParts parts;
  AddConversions(backend, parts);
  Loop loop{1};
  const std::string json = RunTask(loop, parts.calls["ListConversions"].run(ops::Order{})).value();
  EXPECT_THAT(json, HasSubstr(R"({"name":"reset","counts":{"created":3,"resent":1}})"));
  EXPECT_THAT(json, HasSubstr(R"("checks":[{"name":"reset","counts":{"MATCHED":2}}])"));
  EXPECT_THAT(json, HasSubstr(R"("accepted":[{"name":"gmail","counts":{"CODE":1}}])"));
  EXPECT_THAT(json, HasSubstr(R"("verified":[)"));
}

}  // namespace
}  // namespace posthaste::console
