#include "service/redis/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <utility>

namespace posthaste::redis {
namespace {

using ::testing::HasSubstr;

TEST(Options, AreValidAsTheyStand) { EXPECT_TRUE(Validate(ClientOptions()).ok()); }

TEST(Options, NameThePlaceWithoutSecrets) {
  ClientOptions options;
  options.username = "mailer";
  options.password = Secret("hunter2");
  EXPECT_EQ(Where(options), "redis at 127.0.0.1:6379");
  options.host = "::1";
  EXPECT_EQ(Where(options), "redis at [::1]:6379");
  options.unix_path = "/run/redis.sock";
  EXPECT_EQ(Where(options), "redis at /run/redis.sock");
}

TEST(Options, NameTheFirstThatCannotBeRight) {
  const std::pair<const char*, std::function<void(ClientOptions&)>> cases[] = {
      {"host", [](ClientOptions& o) { o.host = ""; }},
      {"port", [](ClientOptions& o) { o.port = 0; }},
      {"unix_path", [](ClientOptions& o) { o.unix_path = std::string(108, 'x'); }},
      {"tls: not over a unix socket",
       [](ClientOptions& o) { o.unix_path = "/x", o.tls.enabled = true; }},
      {"tls", [](ClientOptions& o) { o.tls.certificate_file = "x"; }},
      {"tls", [](ClientOptions& o) { o.tls.key_file = "x"; }},
      {"password", [](ClientOptions& o) { o.username = "x"; }},
      {"name", [](ClientOptions& o) { o.name = "post haste"; }},
      {"waiting_max", [](ClientOptions& o) { o.waiting_max = 0; }},
      {"waiting_bytes_max", [](ClientOptions& o) { o.waiting_bytes_max = 0; }},
      {"connect_limit", [](ClientOptions& o) { o.connect_limit = absl::ZeroDuration(); }},
      {"command_limit", [](ClientOptions& o) { o.command_limit = absl::ZeroDuration(); }},
      {"ping_interval", [](ClientOptions& o) { o.ping_interval = absl::ZeroDuration(); }},
      {"backoff_base", [](ClientOptions& o) { o.backoff_base = absl::ZeroDuration(); }},
      {"backoff_cap", [](ClientOptions& o) { o.backoff_cap = absl::Milliseconds(1); }},
  };
  for (const auto& [word, spoil] : cases) {
    ClientOptions options;
    spoil(options);
    const absl::Status status = Validate(options);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << word;
    EXPECT_THAT(std::string(status.message()), HasSubstr(word));
  }
}

}  // namespace
}  // namespace posthaste::redis
