#include "service/ops/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/metrics.h"
#include "tests/support/process.h"

namespace posthaste::ops {
namespace {

const std::vector<NotReady> kAway = {{"redis", "connection refused"}, {"keys", "none"}};

Request Get(const std::string& path, const std::string& method = "GET") {
  Request request;
  request.method = method;
  request.path = path;
  return request;
}

TEST(Pages, SayAliveWhateverIsAway) {
  EXPECT_EQ(Answer(Get("/livez"), kAway, "").status, 200);
  EXPECT_EQ(Answer(Get("/livez"), {}, "").body, "ok\n");
}

TEST(Pages, SayWhichPartIsNotReadyAndWhy) {
  EXPECT_EQ(Answer(Get("/readyz"), {}, "").status, 200);
  const Page page = Answer(Get("/readyz"), kAway, "");
  EXPECT_EQ(page.status, 503);
  EXPECT_EQ(page.body, "redis: connection refused\nkeys: none\n");
}

TEST(Pages, KnowNoOtherPath) {
  EXPECT_EQ(Answer(Get("/"), {}, "").status, 404);
  EXPECT_EQ(Answer(Get("/readyz/"), {}, "").status, 404);
  EXPECT_EQ(Answer(Get(""), {}, "").status, 404);
}

TEST(Pages, ShowTheKeysOfReceiptsToWhoeverVerifiesThem) {
  const Page page = Answer(Get("/.well-known/jwks.json"), kAway, R"({"keys":[]})");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "application/jwk-set+json");
  EXPECT_EQ(page.body, R"({"keys":[]})");
  ASSERT_EQ(page.headers.size(), 1u);
  EXPECT_EQ(page.headers[0].second, "public, max-age=3600");
}

TEST(Pages, TakeNothing) {
  EXPECT_EQ(Answer(Get("/metrics", "POST"), {}, "").status, 405);
  EXPECT_EQ(Answer(Get("/livez", "HEAD"), {}, "").status, 200);
}

TEST(Pages, ShowMetricsThatPrometheusReads) {
  metrics::GetCounter("posthaste_test_pages_total", "Pages that were asked for.",
                      {{"page", "a\"b"}})
      .Increment(3);
  const Page page = Answer(Get("/metrics"), kAway, "");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(page.body, testing::HasSubstr("posthaste_test_pages_total{page=\"a\\\"b\"} 3\n"));
  const Finished checked = RunProcess({"promtool", "check", "metrics"}, {}, page.body);
  EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
}

}  // namespace
}  // namespace posthaste::ops
