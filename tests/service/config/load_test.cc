#include "service/config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"

namespace posthaste::config {
namespace {

constexpr char kGood[] = R"(
keys:
  hash_key_file: /k/hash
  code_keys: [{epoch: 1, file: /k/code}]
  seal_keys: [{id: 1, file: /k/seal}]
relays:
  - id: main
    host: smtp.example.test
tenants:
  - id: acme
    relays: [main]
    senders: [{id: default, mailbox: no-reply@acme.test, name: Acme}]
    keys: [{id: web, secret_sha256: [SHA], scopes: [messages.read]}]
)";

std::string Good() {
  return absl::StrReplaceAll(kGood, {{"SHA", '"' + std::string(64, '0') + '"'}});
}

TEST(Config, FillsInTheDefaults) {
  const absl::StatusOr<Config> config = ParseConfig(Good());
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->grpc().address(), "127.0.0.1:8525");
  EXPECT_EQ(config->redis().shards(), 16);
  EXPECT_EQ(config->redis().durability(), v1::Redis::LOCAL);
  EXPECT_EQ(config->relays(0).port(), 587);
  EXPECT_EQ(config->relays(0).tls(), v1::Relay::VERIFIED);
  EXPECT_EQ(config->tenants(0).senders(0).return_path_domain(), "acme.test");
  EXPECT_EQ(config->tenants(0).brand().product_name(), "Acme");
  EXPECT_EQ(config->codes().cooldowns_size(), 3);
}

TEST(Config, ARouteAndItsRelaysSayTheSame) {
  absl::StatusOr<Config> config = ParseConfig(Good());
  ASSERT_EQ(config->tenants(0).route_size(), 1);
  EXPECT_EQ(config->tenants(0).route(0).relay(), "main");
  EXPECT_EQ(config->tenants(0).route(0).weight(), 1);
  const std::string routed = absl::StrReplaceAll(
      Good(), {{"relays: [main]", "route: [{relay: main, rank: 2, weight: 5}]"}});
  config = ParseConfig(routed);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->tenants(0).relays(0), "main");
  EXPECT_EQ(config->tenants(0).route(0).weight(), 5);
}

TEST(Config, ADirectRelaySharesItsRankWithNoOther) {
  const std::string both = absl::StrReplaceAll(
      Good(), {{"relays:\n  -", "relays:\n  - {id: mx, direct: true}\n  -"},
               {"relays: [main]", "route: [{relay: mx, rank: RANK}, {relay: main, rank: 1}]"}});
  EXPECT_TRUE(ParseConfig(absl::StrReplaceAll(both, {{"RANK", "0"}})).ok());
  const absl::Status refused = ParseConfig(absl::StrReplaceAll(both, {{"RANK", "1"}})).status();
  EXPECT_THAT(std::string(refused.message()),
              testing::HasSubstr("tenants[0].route[0].rank: a dir"));
}

TEST(Config, DirectDeliveryHasDefaultsOfItsOwn) {
  const absl::StatusOr<Config> config = ParseConfig(
      absl::StrReplaceAll(Good(), {{"    host: smtp.example.test", "    direct: true"}}));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->relays(0).port(), 25);
  EXPECT_EQ(config->relays(0).tls(), v1::Relay::OPPORTUNISTIC);
  EXPECT_EQ(config->dns().timeout().seconds(), 10);
}

TEST(Config, KnowsWhatIsOnThisMachine) {
  for (const char* local :
       {"127.0.0.1:1", "127.9.8.7:1", "localhost:1", "[::1]:1", "unix:/run/x"}) {
    EXPECT_TRUE(IsLoopback(local)) << local;
  }
  for (const char* elsewhere :
       {"127.evil.example:1", "10.0.0.1:1", "localhost.example:1", "[::]:1", "0.0.0.0:1"}) {
    EXPECT_FALSE(IsLoopback(elsewhere)) << elsewhere;
  }
  for (const char* local : {"127.9.8.7", "localhost", "::1", "[::1]"})
    EXPECT_TRUE(IsLoopbackHost(local)) << local;
  for (const char* elsewhere : {"unix", "10.0.0.1", "localhost.example", "::", ""})
    EXPECT_FALSE(IsLoopbackHost(elsewhere)) << elsewhere;
}

struct Bad {
  std::string from, to, complaint;
};

class BadConfig : public testing::TestWithParam<Bad> {};

TEST_P(BadConfig, IsRefusedInOneLineThatNamesTheSetting) {
  const std::string yaml = absl::StrReplaceAll(Good(), {{GetParam().from, GetParam().to}});
  ASSERT_NE(yaml, Good());
  const absl::StatusOr<Config> config = ParseConfig(yaml);
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(std::string(config.status().message()), testing::HasSubstr(GetParam().complaint));
  EXPECT_EQ(config.status().message().find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadConfig,
    testing::Values(
        Bad{"keys:\n  hash", "keis:\n  hash", "keis: Cannot find field"},
        Bad{"    host: smtp.example.test", "    host: h\n    port: 70000", "relays[0].port: 70000"},
        Bad{"    host: smtp.example.test", "    host: h\n    port: many", "relays[0].port"},
        Bad{"    host: smtp.example.test", "    host: h\n    tls: MAYBE", "relays[0].tls"},
        Bad{"    host: smtp.example.test", "    port: 25", "relays[0].host: missing"},
        Bad{"    host: smtp.example.test", "    host: h\n    timeouts: {dot: 4000s}",
            "relays[0].timeouts.dot: 4000 is not from 0.05 to 3600"},
        Bad{"    host: smtp.example.test", "    host: h\n    username: u",
            "relays[0].password_file"},
        Bad{"    host: smtp.example.test",
            "    host: h\n    username: u\n    password_file: p\n    token_file: t",
            "relays[0].password_file: one of"},
        Bad{"    host: smtp.example.test", "    host: h\n    token_file: t",
            "relays[0].password_file: username"},
        Bad{"    host: smtp.example.test",
            "    host: h\n    username: u\n    token_command: [token, --now]",
            "relays[0].token_command: not an absolute path"},
        Bad{"    host: smtp.example.test", "    host: h\n    auth_mechanisms: [PLAIN, ANONYMOUS]",
            "relays[0].auth_mechanisms: no mechanism \"ANONYMOUS\""},
        Bad{"    host: smtp.example.test", "    host: h\n    ignored_extensions: [STARTTLS]",
            "relays[0].ignored_extensions: \"STARTTLS\" cannot be ignored"},
        Bad{"    host: smtp.example.test",
            "    host: h\n    tls: REQUIRED\n    username: u\n    password_file: p",
            "relays[0].tls"},
        Bad{"    host: smtp.example.test", "    host: h\n    direct: true",
            "relays[0].host: direct delivery"},
        Bad{"    host: smtp.example.test", "    direct: true\n    implicit_tls: true",
            "relays[0].implicit_tls: not with"},
        Bad{"    host: smtp.example.test", "    direct: true\n    username: u",
            "relays[0].username: not with"},
        Bad{"    host: smtp.example.test", "    direct: true\n    providers: [{sessions: -1}]",
            "relays[0].providers[0].sessions: -1"},
        Bad{"    host: smtp.example.test", "    host: h\n    providers: [{provider: gmail}]",
            "relays[0].providers: only"},
        Bad{"relays: [main]", "route: [{relay: other}]", "tenants[0].relays[0]: no relay"},
        Bad{"relays: [main]", "relays: [main]\n    route: [{relay: main}, {relay: main}]",
            "tenants[0].route[1].relay: \"main\" is used twice"},
        Bad{"relays: [main]", "route: [{relay: main, rank: 100}]", "tenants[0].route[0].rank: 100"},
        Bad{"relays: [main]", "route: [{relay: main, weight: -1}]",
            "tenants[0].route[0].weight: -1"},
        Bad{"relays:\n  -", "dns: {timeout: 61s}\nrelays:\n  -", "dns.timeout: 61"},
        Bad{"relays: [main]", "relays: [other]", "tenants[0].relays[0]: no relay \"other\""},
        Bad{"no-reply@acme.test", "no-reply", "tenants[0].senders[0].mailbox"},
        Bad{"scopes: [messages.read]", "scopes: [all]",
            "tenants[0].keys[0].scopes: no scope \"all\""},
        Bad{"scopes: [messages.read]", "scopes: [ops.read]", "operator"},
        Bad{std::string(64, '0'), "abc", "tenants[0].keys[0].secret_sha256"},
        Bad{"scopes: [messages.read]", "scopes: [], senders: [other]",
            "tenants[0].keys[0].senders: no sender \"other\""},
        Bad{"scopes: [messages.read]", "scopes: [], source_networks: [10.0.0.1/8]",
            "tenants[0].keys[0].source_networks: \"10.0.0.1/8\" is no network"},
        Bad{"scopes: [messages.read]", "scopes: [], certificate_names: [a.test]",
            "tenants.acme.keys.web.certificate_names: need grpc.tls.client_ca_file"},
        Bad{"relays:\n  -", "redis: {address: 'redis.test:6379', password_file: p}\nrelays:\n  -",
            "redis.tls: missing"},
        Bad{"relays:\n  -", "redis: {tls: true, certificate_file: c}\nrelays:\n  -",
            "redis.key_file: missing"},
        Bad{"id: acme", "id: Acme", "tenants[0].id"},
        Bad{"epoch: 1", "epoch: 0", "keys.code_keys[0].epoch"},
        Bad{"file: /k/seal}", "file: /k/seal, writes_since: today}",
            "keys.seal_keys[0].writes_since"},
        Bad{"relays:\n  -", "codes: {length: 4}\nrelays:\n  -",
            "codes.length: 4 is not from 6 to 10"},
        Bad{"relays:\n  -", "redis: {shards: 3}\nrelays:\n  -", "redis.shards: 3"},
        Bad{"relays:\n  -", "redis: {durability: RELAXED}\nrelays:\n  -", "allow_weak_durability"},
        Bad{"relays:\n  -", "grpc: {address: '0.0.0.0:1'}\nrelays:\n  -", "grpc.tls"},
        Bad{"relays:\n  -", "ops: {address: 'unix:/run/ops'}\nrelays:\n  -", "ops.address"},
        Bad{"relays:\n  -", "ops: {tls: {certificate_file: c}}\nrelays:\n  -",
            "ops.tls.key_file: missing"},
        Bad{"relays:\n  -", "redis: {shards: 4, shards: 8}\nrelays:\n  -",
            "\"shards\" is given twice"},
        Bad{"relays:\n  -", "redis: {timeout: 9000s}\nrelays:\n  -", "redis.timeout"},
        Bad{"relays:\n  -", "]\nrelays:\n  -", "line 6"}));

}  // namespace
}  // namespace posthaste::config
