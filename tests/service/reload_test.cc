#include "service/reload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/metrics.h"

namespace posthaste {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

config::v1::Config Before() {
  config::v1::Config config;
  config.mutable_grpc()->set_address("127.0.0.1:8525");
  config.mutable_redis()->set_address("unix:/run/redis.sock");
  config.mutable_worker()->set_loops(2);
  config.add_relays()->set_id("mx1");
  config.add_tenants()->set_id("acme");
  return config;
}

TEST(WaitForRestart, NamesNothingThatAReloadPutsInForce) {
  config::v1::Config next = Before();
  next.add_tenants()->set_id("globex");
  next.mutable_relays(0)->set_host("mx.example.test");
  next.mutable_codes()->set_length(8);
  next.mutable_limits()->set_sends_per_client_hour(3);
  next.add_dkim()->set_domain("acme.test");
  next.set_templates_dir("/etc/posthaste/templates");
  EXPECT_THAT(WaitForRestart(Before(), next), IsEmpty());
}

TEST(WaitForRestart, NamesWhatAProcessIsBuiltOn) {
  config::v1::Config next = Before();
  next.mutable_grpc()->set_address("127.0.0.1:9");
  next.mutable_ops()->set_address("127.0.0.1:10");
  next.mutable_redis()->set_shards(4);
  next.mutable_worker()->set_loops(1);
  next.mutable_log()->set_file("/var/log/posthaste.log");
  next.mutable_dns()->add_servers("127.0.0.1");
  EXPECT_THAT(WaitForRestart(Before(), next),
              ElementsAre("grpc.address", "ops.address", "redis", "worker.loops", "log", "dns"));
  const config::v1::Config kept = WithoutThem(Before(), next);
  EXPECT_EQ(kept.grpc().address(), "127.0.0.1:8525");
  EXPECT_EQ(kept.redis().shards(), 0);
  EXPECT_EQ(kept.worker().loops(), 2);
}

TEST(ShowKeys, TellsWhichKeysThereAreAndWhichWrite) {
  config::v1::Keys keys;
  for (const int id : {2, 1}) {
    keys.add_seal_keys()->set_id(id);
    keys.add_code_keys()->set_epoch(id + 6);
  }
  const auto use = [](const std::string& kind, const std::string& id) {
    return metrics::GetGauge("posthaste_key_use", "", {{"kind", kind}, {"id", id}}).Value();
  };
  ShowKeys(keys);
  EXPECT_EQ(use("seal", "2"), 1);
  EXPECT_EQ(use("seal", "1"), 2);
  EXPECT_EQ(use("code", "8"), 1);
  EXPECT_EQ(use("code", "7"), 2);
  keys.mutable_seal_keys()->RemoveLast();
  ShowKeys(keys);
  EXPECT_EQ(use("seal", "2"), 2);
  EXPECT_EQ(use("seal", "1"), 0) << "let go";
}

TEST(NoneDirect, NamesTheFirst) {
  config::v1::Config config = Before();
  EXPECT_TRUE(NoneDirect(config).ok());
  config.add_relays()->set_direct(true);
  EXPECT_EQ(std::string(NoneDirect(config).message()).find("relays[1].direct: "), 0u);
}

TEST(WithoutThem, KeepsTheCertificatesInForceWhereClientsWouldBeAskedForTheirs) {
  config::v1::Config now = Before(), next = Before();
  now.mutable_grpc()->mutable_tls()->set_certificate_file("b.pem");
  next.mutable_grpc()->mutable_tls()->set_certificate_file("c.pem");
  EXPECT_EQ(WithoutThem(now, next).grpc().tls().certificate_file(), "c.pem");
  now.mutable_ops()->mutable_tls()->set_certificate_file("d.pem");
  EXPECT_FALSE(WithoutThem(now, next).ops().has_tls() == next.ops().has_tls());
  next.mutable_ops()->mutable_tls()->set_certificate_file("e.pem");
  EXPECT_EQ(WithoutThem(now, next).ops().tls().certificate_file(), "e.pem");
  next.mutable_grpc()->mutable_tls()->set_client_ca_file("ca.pem");
  EXPECT_THAT(WaitForRestart(now, next), ElementsAre("grpc.tls"));
  EXPECT_EQ(WithoutThem(now, next).grpc().tls().certificate_file(), "b.pem");
}

}  // namespace
}  // namespace posthaste
