#include "service/api/tenants.h"

#include <gtest/gtest.h>

#include "tests/service/api/world.h"
#include "tests/support/pictures.h"
#include "tests/support/temp.h"

namespace posthaste::api {
namespace {

TEST(Tenants, AreFoundByTheirId) {
  const World& world = TheWorld();
  ASSERT_NE(world.tenants->Find("acme"), nullptr);
  EXPECT_EQ(world.tenants->Find("acme")->config->id(), "acme");
  EXPECT_EQ(world.tenants->Find("nobody"), nullptr);
  EXPECT_EQ(world.tenants->Find(""), nullptr);
}

TEST(Tenants, HaveADefaultSenderAndOnlyTheirOwn) {
  const TenantView& acme = TheWorld().tenant("acme");
  EXPECT_EQ(acme.FindSender("")->id(), "main");
  EXPECT_EQ(acme.FindSender("billing")->mailbox(), "billing@acme.test");
  EXPECT_EQ(acme.FindSender("nobody"), nullptr);
  EXPECT_EQ(TheWorld().tenant("globex").FindSender("billing"), nullptr);
}

TEST(Tenants, HaveLooksOfTheirOwn) {
  EXPECT_EQ(*TheWorld().tenant("acme").brand.Find("product_name")->string(), "Acme");
  EXPECT_EQ(TheWorld().tenant("acme").brand.Find("product_url"), nullptr)
      << "what is not configured is left to the template";
  EXPECT_NE(TheWorld().tenant("acme").brand.Find("support_contact"), nullptr);
  EXPECT_EQ(TheWorld().tenant("globex").brand.Find("support_contact"), nullptr);
}

TEST(Tenants, HaveTemplatesOfTheirOwnBesideTheBuiltInOnes) {
  const auto catalogue = TheWorld().tenant("acme").shelf->Now();
  EXPECT_NE(catalogue->Find("acme", "greeting"), nullptr);
  EXPECT_EQ(catalogue->Find("globex", "greeting"), nullptr);
  EXPECT_NE(catalogue->Find("globex", "verification_code"), nullptr);
}

TEST(Tenants, DoNotLoadWithABrokenBrand) {
  config::v1::Config config = TestConfig();
  config.mutable_tenants(1)->mutable_brand()->set_accent_color("red");
  const absl::Status status = Tenants::Load(config).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(status.message()).find("tenant globex: brand.accent_color: "), 0u)
      << status;
}

TEST(Tenants, LookOtherwiseWithAnotherLogoUnderTheSameName) {
  const TempDir dir;
  config::v1::Config config = TestConfig();
  config.mutable_tenants(0)->mutable_brand()->set_logo_file(dir.File("logo.gif"));
  const auto looks = [&](const std::string& bytes) {
    dir.Write("logo.gif", bytes);
    const auto tenants = Tenants::Load(config).value();
    EXPECT_EQ(tenants->Find("acme")->logo.bytes, bytes);
    EXPECT_EQ(tenants->Find("globex")->logo.bytes, "");
    EXPECT_EQ(tenants->Find("acme")->brand.Find("logo_image")->list()->size(), 1u);
    EXPECT_EQ(tenants->Find("globex")->brand.Find("logo_image"), nullptr);
    return tenants->Find("acme")->looks;
  };
  const std::string first = looks(GifOf(100, 40));
  EXPECT_EQ(looks(GifOf(100, 40)), first);
  EXPECT_NE(looks(GifOf(100, 41)), first);
}

TEST(Tenants, DoNotLoadWithABrokenLogo) {
  const TempDir dir;
  config::v1::Config config = TestConfig();
  config.mutable_tenants(1)->mutable_brand()->set_logo_file(dir.Write("logo.png", "<svg/>"));
  const absl::Status status = Tenants::Load(config).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(status.message()).find("tenants.globex.brand.logo_file: "), 0u) << status;
}

TEST(Tenants, DoNotLoadWithBrokenOrMissingTemplates) {
  config::v1::Config config = TestConfig();
  config.mutable_tenants(0)->set_templates_dir("/nonexistent/templates");
  EXPECT_FALSE(Tenants::Load(config).ok());
  const TempDir dir;
  dir.Write("README.md", "x");
  config.mutable_tenants(0)->set_templates_dir(dir.path());
  EXPECT_EQ(Tenants::Load(config).status().code(), absl::StatusCode::kInvalidArgument);
  config.mutable_tenants(0)->clear_templates_dir();
  config.set_templates_dir(dir.path());
  EXPECT_EQ(Tenants::Load(config).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace posthaste::api
