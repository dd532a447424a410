#include "service/webhooks/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/config/load.h"
#include "tests/service/webhooks/receiver.h"
#include "tests/support/temp.h"

namespace posthaste::webhooks {
namespace {

using ::testing::HasSubstr;

class EndpointTest : public ::testing::Test {
 protected:
  EndpointTest() {
    config_.add_tenants()->set_id("globex");
    config::v1::Tenant& tenant = *config_.add_tenants();
    tenant.set_id("acme");
    config::v1::Webhook& webhook = *tenant.add_webhooks();
    webhook.set_id("orders");
    webhook.set_url("https://hooks.test/in");
    webhook.add_secret_files(dir_.Write("secret", kTestSecret));
    webhook.add_types("SUPPRESSION_CREATED");
    config::FillDefaults(config_);
  }
  config::v1::Webhook& Webhook() { return *config_.mutable_tenants(1)->mutable_webhooks(0); }

  TempDir dir_;
  config::v1::Config config_;
};

TEST_F(EndpointTest, IsWhatTheConfigurationSays) {
  const Endpoints endpoints = EndpointsOf(config_).value();
  ASSERT_EQ(endpoints.size(), 1u);
  const Endpoint& endpoint = *endpoints[0];
  EXPECT_EQ(endpoint.tenant, "acme");
  EXPECT_EQ(endpoint.url.host, "hooks.test");
  EXPECT_EQ(endpoint.timeout, absl::Seconds(10));
  EXPECT_EQ(endpoint.retry_for, absl::Hours(24));
  EXPECT_TRUE(endpoint.Wants(v1::Event::SUPPRESSION_CREATED));
  EXPECT_FALSE(endpoint.Wants(v1::Event::MESSAGE_CHANGED));
  Webhook().clear_types();
  EXPECT_TRUE(EndpointsOf(config_).value()[0]->Wants(v1::Event::MESSAGE_CHANGED));
  EXPECT_FALSE(EndpointsOf(config_).value()[0]->Wants(v1::Event::TYPE_UNSPECIFIED));
}

TEST_F(EndpointTest, HasOtherSettingsWhenAnyIsOther) {
  const std::string before = EndpointsOf(config_).value()[0]->settings;
  EXPECT_EQ(EndpointsOf(config_).value()[0]->settings, before);
  Webhook().set_generation(1);
  EXPECT_NE(EndpointsOf(config_).value()[0]->settings, before);
}

TEST_F(EndpointTest, NamesTheSettingWhoseFileIsBad) {
  Webhook().set_ca_file("/nonexistent/ca.pem");
  EXPECT_THAT(std::string(EndpointsOf(config_).status().message()),
              HasSubstr("tenants[1].webhooks[0].ca_file: "));
  Webhook().set_secret_files(0, "/nonexistent/secret");
  EXPECT_THAT(std::string(EndpointsOf(config_).status().message()),
              HasSubstr("tenants[1].webhooks[0].secret_files[0]: "));
}

}  // namespace
}  // namespace posthaste::webhooks
